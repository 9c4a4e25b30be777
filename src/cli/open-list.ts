import { createReadStream, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { BackupError, messageOf } from '../errors.ts';
import type { BackupOptions } from '../options.ts';
import type { CliContext } from './context.ts';

/**
 * Opens the list that --files-from names.
 *
 * @throws BackupError `LIST_UNREADABLE`
 */
export function openList(
  context: CliContext,
  filesFrom: string,
  nul: boolean,
): NonNullable<BackupOptions['list']> {
  const separator = nul ? 'nul' : 'newline';
  if (filesFrom === '-') return { input: context.stdin, separator };
  const path = resolve(context.cwd, filesFrom);
  try {
    return { input: createReadStream(path, { fd: openSync(path, 'r') }), separator };
  } catch (error) {
    throw new BackupError(
      'LIST_UNREADABLE',
      `The list of files cannot be read: ${path}: ${messageOf(error)}`,
      {
        hint: 'Check --files-from.',
        cause: error,
      },
    );
  }
}
