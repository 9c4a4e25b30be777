import { EXIT_CODES } from '../exit-codes.ts';
import type { CliContext } from './context.ts';

/**
 * Turns the first SIGINT or SIGTERM into an abort whose reason is the signal's name, and the second into the end.
 *
 * @param say Tells the person at the terminal what is going on.
 * @param atTheEnd What is still done when it ends at once.
 */
export function stopOnSignals(
  context: CliContext,
  say: (text: string) => void,
  atTheEnd: () => void = () => undefined,
): { signal: AbortSignal; release: () => void } {
  const stop = new AbortController();
  const release = context.onSignal((name) => {
    if (stop.signal.aborted) {
      atTheEnd();
      context.exit(name === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted);
      return;
    }
    say(`s3-backup: ${name}: no new files; those in flight have 5 s. Once more ends it at once.\n`);
    stop.abort(name);
  });
  return { signal: stop.signal, release };
}
