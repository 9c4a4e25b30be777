import type { BackupOptions } from '../../backup/options.ts';
import { BackupError, messageOf } from '../../core/errors.ts';
import type { CliContext } from '../context.ts';
import { openInput } from './open-input.ts';

/**
 * Opens the list of files that --files-from names.
 *
 * @throws BackupError `LIST_UNREADABLE`
 */
export function openList(
  context: CliContext,
  filesFrom: string,
  nul: boolean,
): NonNullable<BackupOptions['list']> {
  try {
    return { input: openInput(context, filesFrom), separator: nul ? 'nul' : 'newline' };
  } catch (error) {
    throw new BackupError(
      'LIST_UNREADABLE',
      `The list of files cannot be read: ${filesFrom}: ${messageOf(error)}`,
      { hint: 'Check --files-from: a file, a pipe, or - for stdin.', cause: error },
    );
  }
}
