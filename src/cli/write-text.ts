import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { systemCode } from '../errors.ts';

/**
 * Writes text piece by piece, as fast as it is read. A reader that leaves early (`| head`) is no failure: what it did not
 * want is neither made nor written.
 */
export async function writeText(
  stdout: Writable,
  text: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  let hasLeft = false;
  const onError = (error: Error) => {
    hasLeft ||= systemCode(error) === 'EPIPE';
  };
  stdout.on('error', onError);
  try {
    for await (const piece of text) {
      if (hasLeft || !stdout.writable) return;
      if (!stdout.write(piece)) await once(stdout, 'drain');
    }
  } catch (error) {
    if (systemCode(error) !== 'EPIPE') throw error;
  } finally {
    stdout.off('error', onError);
  }
}
