import type { LimitStep } from '../flow/adaptive-limit.ts';
import type { LimitEvent } from '../report/events.ts';

/**
 * Makes the event of a step of the adaptive limit.
 *
 * @param pid The child process whose limit it is. Default: this process.
 */
export function limitEvent(step: LimitStep, pid?: number): LimitEvent {
  const { from, to, reason, filesPerSecond, bytesPerSecond } = step;
  const rounded = (rate: number | undefined) => (rate === undefined ? null : Math.round(rate));
  return {
    event: 'limit',
    from,
    to,
    reason,
    files_per_second: rounded(filesPerSecond),
    bytes_per_second: rounded(bytesPerSecond),
    pid: pid ?? null,
  };
}
