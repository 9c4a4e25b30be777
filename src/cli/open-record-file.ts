import { createReadStream, openSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { BackupError, messageOf } from '../errors.ts';
import type { CliContext } from './context.ts';

/**
 * Opens the report or manifest that --against names.
 *
 * @throws BackupError `MANIFEST_UNREADABLE`
 */
export function openRecordFile({ stdin, cwd }: CliContext, file: string): Readable {
  if (file === '-') return stdin;
  const path = resolve(cwd, file);
  try {
    if (statSync(path).isDirectory()) throw new Error('it is a folder');
    return createReadStream(path, { fd: openSync(path, 'r') });
  } catch (error) {
    throw new BackupError('MANIFEST_UNREADABLE', `${path} cannot be read: ${messageOf(error)}`, {
      hint: 'Check --against: bucket, a report, a manifest, or - for stdin.',
      cause: error,
    });
  }
}
