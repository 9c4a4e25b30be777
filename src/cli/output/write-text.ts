import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { systemCode } from '../../core/errors.ts';

/**
 * Writes text piece by piece, as fast as the stream accepts it. If nothing more can be written, because the reader has left (`|
 * head`) or the disk is full, the rest is neither made nor written. The `error` event of the stream tells why.
 *
 * @throws what the iterator throws
 */
export async function writeText(
  stdout: Writable,
  text: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  let hasFailed = false;
  const onError = () => {
    hasFailed = true;
  };
  stdout.on('error', onError);
  try {
    for await (const piece of text) {
      if (hasFailed || !stdout.writable || !(await tryWrite(stdout, piece))) return;
    }
  } finally {
    stdout.off('error', onError);
  }
}

async function tryWrite(stdout: Writable, piece: string): Promise<boolean> {
  try {
    if (!stdout.write(piece)) await once(stdout, 'drain');
    return true;
  } catch (error) {
    // Node.js 20 writes to a file at once and throws the error of the system.
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}
