import { Readable } from 'node:stream';

/**
 * Reads a stream until it ends or the signal aborts, even if the stream waits: a terminal, or a pipe whose writer keeps it
 * open, never ends by itself. After an abort the stream is destroyed.
 */
export async function* untilAborted<T>(
  input: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  const chunks = input[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([chunks.next(), aborted]);
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (input instanceof Readable) input.destroy();
  }
}
