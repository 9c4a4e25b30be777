import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { systemCode } from '../../core/errors.ts';
import { ReplacedOutput } from '../../files/replaced-output.ts';
import { homeFolder } from '../config/sources/places.ts';
import type { RunOutcome } from './run-news.ts';

/**
 * Remembers how the last run of a job ended, for `on: change`: in one small file for each job, in the folder for state of the
 * user, or of the systemd unit. A job is a command with its source and destination.
 */
export class LastOutcome {
  /** Undefined if there is no folder for state. */
  readonly #file: string | undefined;

  /** @param job What tells this job from others. */
  constructor(env: NodeJS.ProcessEnv, job: readonly unknown[]) {
    const name = createHash('sha256').update(JSON.stringify(job)).digest('hex').slice(0, 16);
    const folder = stateFolder(env);
    this.#file = folder && join(folder, `last-outcome-${name}`);
  }

  /** @returns undefined if no run was recorded, or the record cannot be read */
  read(): string | undefined {
    if (this.#file === undefined) return undefined;
    try {
      return readFileSync(this.#file, 'utf8').slice(0, 100).trim();
    } catch {
      return undefined;
    }
  }

  /** Records an outcome. @returns why it could not; undefined if it could */
  write(outcome: RunOutcome): string | undefined {
    if (this.#file === undefined) return 'there is no home folder';
    let output: ReplacedOutput | undefined;
    try {
      output = new ReplacedOutput(this.#file, { makesFolders: true });
      output.replace([`${outcome}\n`]);
      return undefined;
    } catch (error) {
      return `${this.#file}: ${systemCode(error) ?? error}`;
    } finally {
      output?.close();
    }
  }
}

/** `STATE_DIRECTORY` is set by systemd (`StateDirectory=`), `XDG_STATE_HOME` by the user. */
function stateFolder(env: NodeJS.ProcessEnv): string | undefined {
  const [ofUnit = ''] = (env.STATE_DIRECTORY ?? '').split(':');
  if (isAbsolute(ofUnit)) return ofUnit;
  const ofUser = process.platform === 'win32' ? env.LOCALAPPDATA : env.XDG_STATE_HOME;
  if (ofUser !== undefined && isAbsolute(ofUser)) return join(ofUser, 's3-backup');
  const home = homeFolder(env);
  return home === undefined ? undefined : join(home, '.local', 'state', 's3-backup');
}
