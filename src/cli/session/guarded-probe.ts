import { setImmediate } from 'node:timers/promises';
import type { CliContext } from '../context.ts';
import { stopOnSignals } from './stop-on-signals.ts';

/**
 * Makes a signal stop the checks in order while `work` runs, so that the probe object is removed. At other times a signal ends
 * the program at once, since nothing is left in the bucket.
 *
 * @param stop Aborted by a signal, with its name as the reason.
 */
export function guardedProbe(
  context: CliContext,
  stop: AbortController,
): <T>(work: () => Promise<T>) => Promise<T> {
  const say = (text: string) => void context.stderr.write(text);
  return async (work) => {
    const effect = 'removing the test object, which takes up to 5 s';
    const { signal, release } = stopOnSignals(context, { say, effect });
    signal.addEventListener('abort', () => stop.abort(signal.reason), { once: true });
    try {
      return await work();
    } finally {
      // A signal that arrived together with the last answer is delivered in the next turn of the event loop.
      await setImmediate();
      release();
    }
  };
}
