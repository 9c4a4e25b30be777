import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError, messageOf } from '../../core/errors.ts';
import { homeFolder } from '../config/sources/places.ts';
import type { CliContext } from '../context.ts';
import { oneLine } from '../output/printable.ts';
import { type Job, markedConfig } from './job.ts';
import { requireTool, runTool } from './run-tool.ts';
import { serviceText, timerText } from './systemd-units.ts';

/** A timer that was written here. */
export interface InstalledTimer {
  readonly name: string;
  readonly config: string;
  readonly forUser: boolean;
}

/** The folder of the units that an administrator, or a user, adds. */
export function unitFolder({ env }: CliContext, forUser: boolean): string {
  if (!forUser) return '/etc/systemd/system';
  const { XDG_CONFIG_HOME: given } = env;
  return join(given?.startsWith('/') ? given : join(homeFolder(env) ?? '/', '.config'), 'systemd/user');
}

/** The command of systemd for the system, or for this user. */
export function systemctl(forUser: boolean, ...words: readonly string[]): string[] {
  return ['systemctl', ...(forUser ? ['--user'] : []), ...words];
}

/** The files of a job, by their names. */
export function unitsOf(job: Job): Readonly<Record<string, string>> {
  return { [`${job.name}.service`]: serviceText(job), [`${job.name}.timer`]: timerText(job) };
}

/**
 * Writes the units of a job, and starts its timer. Doing so twice changes nothing. If it fails, the units are as they were.
 *
 * @returns the paths of the units
 * @throws BackupError `SCHEDULE_FAILED` if a unit of that name was not written here, or for another configuration; or if systemd
 * does not run, or refuses
 */
export function installTimer(context: CliContext, job: Job): string[] {
  const { forUser } = job;
  const folder = unitFolder(context, forUser);
  const timer = `${job.name}.timer`;
  const units = Object.entries(unitsOf(job)).map(([name, text]) => {
    const path = join(folder, name);
    return { path, text, before: textOf(path) };
  });
  for (const { path } of units) requireOwn(path, job.config);
  requireManager(context, forUser);
  try {
    for (const { path, text } of units) writeUnit(folder, path, text);
    requireTool(context, systemctl(forUser, 'daemon-reload'));
    requireTool(context, systemctl(forUser, 'enable', timer));
    // A timer that was started before gets its new time only so.
    requireTool(context, systemctl(forUser, 'restart', timer));
  } catch (error) {
    const isNew = units.every(({ before }) => before === undefined);
    // systemd may refuse this as well; the first error is the one to report.
    if (isNew) runTool(context, systemctl(forUser, 'disable', '--now', timer));
    for (const { path, before } of units)
      if (before === undefined) rmSync(path, { force: true });
      else writeUnit(folder, path, before);
    runTool(context, systemctl(forUser, 'daemon-reload'));
    if (!isNew) runTool(context, systemctl(forUser, 'restart', timer));
    throw error;
  }
  return units.map(({ path }) => path);
}

/** Makes sure that a manager of systemd answers: systemctl is there in containers, too, where none runs. */
function requireManager(context: CliContext, forUser: boolean): void {
  const words = systemctl(forUser, 'show', '--property=Version');
  const { code, stderr } = runTool(context, words);
  if (code === 0) return;
  throw new BackupError('SCHEDULE_FAILED', `${words.join(' ')}: ${oneLine(stderr) || `exit code ${code}`}`, {
    hint: 'Nothing was written. Where systemd does not run, use --with cron.',
  });
}

function requireOwn(path: string, config: string): void {
  const text = textOf(path);
  if (text === undefined) return;
  const owner = markedConfig(text);
  if (owner === config) return;
  const whose = owner === undefined ? 'was not written by s3-backup schedule' : `is that of ${owner}`;
  throw new BackupError('SCHEDULE_FAILED', `${path} ${whose}.`, { hint: 'Choose another name with --name.' });
}

function writeUnit(folder: string, path: string, text: string): void {
  const draft = `${path}.new`;
  try {
    mkdirSync(folder, { recursive: true });
    rmSync(draft, { force: true });
    writeFileSync(draft, text, { flag: 'wx', mode: 0o644 });
    renameSync(draft, path);
  } catch (error) {
    throw new BackupError('SCHEDULE_FAILED', `${path} cannot be written: ${messageOf(error)}`, {
      hint: 'For a schedule of the system run it as root; one of your own takes --user.',
    });
  }
}

/** Stops a timer, and removes its units. */
export function removeTimer(context: CliContext, { name, forUser }: InstalledTimer): void {
  requireTool(context, systemctl(forUser, 'disable', '--now', `${name}.timer`));
  const folder = unitFolder(context, forUser);
  for (const ending of ['timer', 'service']) rmSync(join(folder, `${name}.${ending}`), { force: true });
  requireTool(context, systemctl(forUser, 'daemon-reload'));
}

/** The timers that were written here, of the system and of this user. */
export function installedTimers(context: CliContext): InstalledTimer[] {
  return [false, true].flatMap((forUser) => {
    const folder = unitFolder(context, forUser);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names.flatMap((file): InstalledTimer[] => {
      const name = /^(s3-backup.*)\.timer$/.exec(file)?.[1];
      const config = name === undefined ? undefined : markedConfig(textOf(join(folder, file)) ?? '');
      return name === undefined || config === undefined ? [] : [{ name, config, forUser }];
    });
  });
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
