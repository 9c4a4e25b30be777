import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { Output } from './output.ts';

/**
 * Creates a file without a name, open for reading and appending, so that a crash leaves nothing.
 *
 * @param folder Folder on whose file system it is.
 * @returns the descriptor
 * @throws the system's error
 */
export function createUnnamedFile(folder: string): number {
  let output: Output | undefined;
  try {
    output = new Output(resolve(folder, `.s3-backup-${randomUUID()}.spool`));
    const fd = output.create();
    output.remove();
    return fd;
  } finally {
    output?.close();
  }
}
