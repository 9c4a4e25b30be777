import { EXIT_CODES } from '../exit-codes.ts';
import type { CliContext } from './context.ts';

export interface SignalHandling {
  /** Tells the person at the terminal what is going on. */
  readonly say: (text: string) => void;
  /** What the first signal does. Default: about files. */
  readonly effect?: string;
  /** What is still done when it ends at once. */
  readonly atTheEnd?: () => void;
  /** What SIGHUP asks for where no terminal has gone. */
  readonly onHangUp?: () => void;
}

/**
 * Turns the first SIGINT or SIGTERM into an abort whose reason is the signal's name, and the second into the end. SIGHUP
 * is SIGTERM when the terminal is gone, except that it can come twice, from the shell and from the kernel.
 */
export function stopOnSignals(
  context: CliContext,
  { say, effect = 'no new files; those in flight have 5 s', atTheEnd, onHangUp }: SignalHandling,
): { signal: AbortSignal; release: () => void } {
  const stop = new AbortController();
  const release = context.onSignal((name) => {
    if (name === 'SIGHUP' && !context.isHungUp()) onHangUp?.();
    else if (!stop.signal.aborted) {
      say(`s3-backup: ${name}: ${effect}. Once more ends it at once.\n`);
      stop.abort(name === 'SIGINT' ? name : 'SIGTERM');
    } else if (name !== 'SIGHUP') {
      atTheEnd?.();
      context.exit(name === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted);
    }
  });
  return { signal: stop.signal, release };
}
