import { createReadStream, openSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
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
    if (statSync(path).isDirectory()) throw new Error('it is a folder');
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

/** A list until the run is stopped: a terminal, or a pipe whose writer has forgotten us, never ends by itself. */
export async function* untilAborted(
  input: AsyncIterable<Uint8Array | string>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array | string, void> {
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const chunks = input[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([chunks.next(), stopped]);
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    if (input instanceof Readable) input.destroy();
  }
}
