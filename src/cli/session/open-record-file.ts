import type { Readable } from 'node:stream';
import { BackupError, messageOf } from '../../core/errors.ts';
import type { CliContext } from '../context.ts';
import { openInput } from './open-input.ts';

/**
 * Opens the report or manifest that --against names.
 *
 * @throws BackupError `MANIFEST_UNREADABLE`
 */
export function openRecordFile(context: CliContext, file: string): Readable {
  try {
    return openInput(context, file);
  } catch (error) {
    throw new BackupError('MANIFEST_UNREADABLE', `${file} cannot be read: ${messageOf(error)}`, {
      hint: 'Check --against: bucket, a report, a manifest, or - for stdin.',
      cause: error,
    });
  }
}
