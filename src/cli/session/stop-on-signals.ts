import { EXIT_CODES } from '../../core/exit-codes.ts';
import type { CliContext } from '../context.ts';

export interface SignalHandling {
  /** Shows a message to the user. */
  readonly say: (text: string) => void;
  /** Says what the first signal does. Default: it waits for uploads in progress. */
  readonly effect?: string | (() => string | undefined);
  /** Called before the second signal ends the process. Default: nothing is done. */
  readonly beforeExit?: () => void;
  /** Called for a SIGHUP if the terminal is still open. Default: SIGHUP counts as SIGTERM. */
  readonly onHangUp?: () => void;
}

const WAITS = 'waiting up to 5 s for uploads in progress';

/** Exit code of a command that a signal stopped. SIGHUP counts as SIGTERM. */
export function exitCodeOf(signal: unknown): number {
  return signal === 'SIGINT' ? EXIT_CODES.interrupted : EXIT_CODES.terminated;
}

/**
 * Makes the first SIGINT or SIGTERM abort `signal`, with the signal's name as the reason, and the second end the process. If
 * the terminal was closed, SIGHUP counts as SIGTERM, but a second SIGHUP is ignored: the shell and the kernel each send one.
 */
export function stopOnSignals(
  context: CliContext,
  { say, effect, beforeExit, onHangUp }: SignalHandling,
): { signal: AbortSignal; release: () => void } {
  const stop = new AbortController();
  const release = context.onSignal((name) => {
    if (name === 'SIGHUP' && onHangUp && !context.isHungUp()) onHangUp();
    else if (!stop.signal.aborted) {
      const done = typeof effect === 'function' ? effect() : effect;
      say(`s3-backup: ${name}: ${done ?? WAITS}; press Ctrl-C again to stop now\n`);
      stop.abort(name === 'SIGINT' ? name : 'SIGTERM');
    } else if (name !== 'SIGHUP') {
      beforeExit?.();
      context.exit(exitCodeOf(name));
    }
  });
  return { signal: stop.signal, release };
}
