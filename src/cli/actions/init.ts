import { resolve } from 'node:path';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { sampleConfig, writeSampleConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';

/**
 * Writes the sample configuration.
 *
 * @param file Path, or `-` for stdout. Default `.backuprc` in the working directory.
 * @param force Whether an existing file is replaced.
 * @returns the exit code
 * @throws ConfigError if the file exists and `force` is false, or if it cannot be written
 */
export function initAction(context: CliContext, file: string | undefined, force: boolean): number {
  if (file === '-') {
    context.stdout.write(sampleConfig());
    return EXIT_CODES.ok;
  }
  const path = resolve(context.cwd, file ?? '.backuprc');
  writeSampleConfig(path, { force });
  const config = file === undefined ? '' : ` --config ${file}`;
  context.stdout.write(`Wrote ${path} (mode 0600). Edit it, then check it with: s3-backup status${config}\n`);
  return EXIT_CODES.ok;
}
