import { DEFAULTS, STORE_DEFAULTS } from '../core/defaults.ts';
import { Outage } from './outage.ts';
import type { StoreOptions } from './store-types.ts';

/**
 * Failures in a row that make an outage likely. If a fifth of all requests fails, five in a row occur once in 3,000, so
 * asking the endpoint then costs little.
 */
const LIKELY_AFTER = 5;

/** Makes the Outage that watches the endpoint of a store; undefined if requests do not wait for an endpoint. */
export function openOutage(options: StoreOptions, probe: () => Promise<void>): Outage | undefined {
  const { maxOutageSeconds = STORE_DEFAULTS.maxOutageSeconds, maxAttempts = DEFAULTS.maxAttempts } = options;
  const { signal, onOutage: onChange, isReached } = options;
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
