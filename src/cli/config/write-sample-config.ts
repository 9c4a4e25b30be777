import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { messageOf, systemCode } from '../../errors.ts';
import { ConfigError } from './config-error.ts';
import { sampleConfig } from './sample-config.ts';

/**
 * Writes the sample with mode 0600.
 *
 * @param options.force replace an existing file, at once and as a whole; a symbolic link is itself replaced, what it
 *   points to stays as it is
 * @throws ConfigError `CONFIG_EXISTS` without `force`, `CONFIG_UNWRITABLE` if the file cannot be written
 */
export function writeSampleConfig(file: string, options: { readonly force: boolean }): void {
  try {
    if (options.force) replace(file);
    else writeNew(file);
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && !options.force) {
      throw new ConfigError('CONFIG_EXISTS', [`${file}: is there already; use --force to replace it`]);
    }
    throw new ConfigError('CONFIG_UNWRITABLE', [`${file}: cannot be written: ${messageOf(error)}`]);
  }
}

/** Whole or not at all: somebody who reads it meanwhile sees the old file or the new one. */
function replace(file: string): void {
  const temporary = `${file}.${randomUUID()}.tmp`;
  writeNew(temporary);
  try {
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** O_EXCL: neither an existing file nor what a link points to is ever opened. */
function writeNew(file: string): void {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    writeFileSync(descriptor, sampleConfig());
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}
