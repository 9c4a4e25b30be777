import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { systemCode } from '../../core/errors.ts';

/**
 * Writes text piece by piece, as fast as it is read. When nothing more can be written, since the reader has left (`| head`) or
 * the disk is full, the rest is neither made nor written; the stream's own `error` event tells why.
 *
 * @throws what making the text throws
 */
export async function writeText(
  stdout: Writable,
  text: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  let isBroken = false;
  const onError = () => {
    isBroken = true;
  };
  stdout.on('error', onError);
  try {
    for await (const piece of text) {
      if (isBroken || !stdout.writable || !(await hasTaken(stdout, piece))) return;
    }
  } finally {
    stdout.off('error', onError);
  }
}

async function hasTaken(stdout: Writable, piece: string): Promise<boolean> {
  try {
    if (!stdout.write(piece)) await once(stdout, 'drain');
    return true;
  } catch (error) {
    // To a file, Node.js 20 writes at once and throws what the system says.
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}
