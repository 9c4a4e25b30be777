import { Outage } from './outage.ts';
import type { StoreOptions } from './store-types.ts';

/** Where a fifth of all requests fails, five in a row are one in 3,000: to ask the endpoint then costs little. */
const LIKELY_AFTER = 5;

/** What watches over the endpoint of a store; undefined where nobody is to wait for it. */
export function openOutage(options: StoreOptions, probe: () => Promise<void>): Outage | undefined {
  const { maxOutageSeconds = 0, maxAttempts = 5, signal, onOutage: onChange, isReached } = options;
  if (maxOutageSeconds === 0) return undefined;
  const outage = new Outage({
    longestMs: maxOutageSeconds * 1000,
    likelyAfter: Math.min(maxAttempts, LIKELY_AFTER),
    probe,
    signal,
    onChange,
  });
  if (isReached) outage.onAnswer();
  return outage;
}
