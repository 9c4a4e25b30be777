import type { Logger } from '../core/logger.ts';
import type { LimitStep } from '../flow/adaptive-limit.ts';

/**
 * Logs how many files are in work at once from now on, and why. The line has level debug, so it needs --verbose.
 *
 * @param pid The child process whose limit it is. Default: this process.
 */
export function logLimitStep(logger: Logger, step: LimitStep, pid?: number): void {
  const { from, to, reason, filesPerSecond, bytesPerSecond } = step;
  const throughput = {
    ...(filesPerSecond !== undefined && { filesPerSecond: Math.round(filesPerSecond) }),
    ...(bytesPerSecond !== undefined && { bytesPerSecond: Math.round(bytesPerSecond) }),
  };
  const process = pid !== undefined && { pid };
  logger.debug(
    { operation: 'concurrency', from, to, reason, ...throughput, ...process },
    `${to} files at once after ${from}`,
  );
}
