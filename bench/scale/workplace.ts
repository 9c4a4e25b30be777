import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { buildProgram } from '../safety/program.ts';
import { BUCKET } from '../speed/client.ts';
import { type Measured, measure } from '../speed/measure.ts';

/** A folder for a bench, and the program of today's sources. Both are removed when this process ends. */
export class Workplace {
  readonly root: string;
  readonly #bin: string;

  /** @param dir Folder below which the files are made. */
  constructor(dir: string) {
    const program = buildProgram();
    this.#bin = program.bin;
    this.root = mkdtempSync(join(realpathSync(dir), 's3-backup-scale-'));
    process.once('exit', () => {
      program.remove();
      rmSync(this.root, { recursive: true, force: true });
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  }

  /** Writes a configuration. @returns the words that make a command of the program use it */
  configure(endpoint: string, source: string): string[] {
    const home = join(this.root, 'home');
    mkdirSync(home, { recursive: true });
    const file = join(home, 'backup.yaml');
    const settings = {
      aws: {
        endpoint_url: endpoint,
        region: 'us-east-1',
        access_key_id: 'bench',
        secret_access_key: 'bench',
        force_path_style: true,
      },
      s3: { bucket_name: BUCKET },
      backup: { source_directory: source },
      // A shard stores its record, too.
      report: { manifest: true },
    };
    writeFileSync(file, stringify(settings), { mode: 0o600 });
    return ['--config', file];
  }

  /**
   * Runs the program to its end.
   *
   * @throws Error with what it said if it does not end with 0
   */
  async run(words: readonly string[], cores: string | undefined): Promise<Measured> {
    const home = join(this.root, 'home');
    const command = { file: process.execPath, args: [this.#bin, ...words], env: { HOME: home } };
    const measured = await measure(command, cores, home);
    if (measured.code !== 0) throw new Error(`${words.join(' ')}: exit ${measured.code}\n${measured.output}`);
    return measured;
  }
}

/** CPU seconds, user and system. */
export function cpuOf({ userSeconds, systemSeconds }: Measured): number {
  return userSeconds + systemSeconds;
}
