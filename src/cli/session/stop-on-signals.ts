import { EXIT_CODES } from '../../core/exit-codes.ts';
import type { CliContext } from '../context.ts';

export interface SignalHandling {
  /** Tells the person at the terminal what is going on. */
  readonly say: (text: string) => void;
  /** What the first signal does. Default: about files. */
  readonly effect?: string;
  /** What is still done when it ends at once. */
  readonly atTheEnd?: () => void;
  /** What SIGHUP asks for if no terminal has gone. Default: the same as SIGTERM. */
  readonly onHangUp?: () => void;
}

/** Of a command that was stopped. SIGHUP counts as SIGTERM. */
export function exitCodeOf(signal: unknown): number {
  return signal === 'SIGINT' ? EXIT_CODES.interrupted : EXIT_CODES.terminated;
}

/**
 * Turns the first SIGINT or SIGTERM into an abort whose reason is the signal's name, and the second into the end. SIGHUP
 * is SIGTERM when the terminal is gone, except that it can come twice, from the shell and from the kernel.
 */
export function stopOnSignals(
  context: CliContext,
  { say, effect = 'waiting up to 5 s for uploads in progress', atTheEnd, onHangUp }: SignalHandling,
): { signal: AbortSignal; release: () => void } {
  const stop = new AbortController();
  const release = context.onSignal((name) => {
    if (name === 'SIGHUP' && onHangUp && !context.isHungUp()) onHangUp();
    else if (!stop.signal.aborted) {
      say(`s3-backup: ${name}: ${effect}; press Ctrl-C again to stop now\n`);
      stop.abort(name === 'SIGINT' ? name : 'SIGTERM');
    } else if (name !== 'SIGHUP') {
      atTheEnd?.();
      context.exit(exitCodeOf(name));
    }
  });
  return { signal: stop.signal, release };
}
