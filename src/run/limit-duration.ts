import { BackupError } from '../core/errors.ts';
import type { Start } from '../core/start.ts';
import type { RunControl } from '../flow/run-control.ts';

/** Longest delay of a timer of Node.js, in milliseconds: 25 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Ends a run in order, with `MAX_DURATION`, when it has taken so long.
 *
 * @param start Start of the run. Its clock is monotonic, and on Linux it stands still while the machine sleeps.
 * @param seconds Default: the run has no limit.
 * @returns a function that removes the limit
 */
export function limitDuration(
  control: RunControl,
  start: Pick<Start, 'seconds'>,
  seconds: number | undefined,
): () => void {
  if (seconds === undefined) return () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const leftMs = (seconds - start.seconds) * 1000;
    if (leftMs <= 0) control.fail(tookTooLong(seconds));
    else timer = setTimeout(look, Math.min(MAX_TIMER_MS, Math.ceil(leftMs))).unref();
  };
  look();
  return () => clearTimeout(timer);
}

function tookTooLong(seconds: number): BackupError {
  return new BackupError('MAX_DURATION', `The run may take ${seconds} s, and these are over.`, {
    hint: 'Nothing is lost: run it again to continue, or raise `maxDurationSeconds`.',
  });
}
