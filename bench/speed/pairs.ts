import { median } from './spread.ts';

/** The ratios of pairs of runs: what the median of all such pairs is likely to be. */
export interface PairedRatio {
  readonly median: number;
  /** Of the interval that holds the true median with a likelihood of 95 %; undefined with too few pairs for one. */
  readonly interval: readonly [low: number, high: number] | undefined;
}

/** That the true median lies outside of the interval. */
const RISK = 0.05;
/** With fewer, the interval of all pairs is missed more often than that. */
export const LEAST_PAIRS = 6;

/**
 * The interval is that of the sign test: of n sorted ratios, those at equal distance from both ends, as far in as the
 * binomial distribution allows. It supposes nothing of how the noise is distributed.
 */
export function pairedRatio(ratios: readonly number[]): PairedRatio {
  const sorted = [...ratios].sort((a, b) => a - b);
  const left = ratiosLeftOut(sorted.length);
  const [low, high] = [sorted[left], sorted[sorted.length - 1 - left]];
  const interval = left < 0 || low === undefined || high === undefined ? undefined : ([low, high] as const);
  return { median: median(sorted), interval };
}

/** How many may be left out at each end; -1 if not even all of them are enough. */
function ratiosLeftOut(count: number): number {
  let left = -1;
  // That at most so many of the pairs lie below their true median.
  let likelihood = 0;
  let term = 0.5 ** count;
  for (let below = 0; below < count / 2; below += 1) {
    likelihood += term;
    if (2 * likelihood > RISK) break;
    left = below;
    term *= (count - below) / (below + 1);
  }
  return left;
}

/** Whether the ratio differs from 1 by more than the noise, for people. */
export function judgement({ median: middle, interval }: PairedRatio): string {
  if (interval === undefined) return `too few pairs: ${LEAST_PAIRS} at least`;
  const [low, high] = interval;
  const percent = (ratio: number) => (Math.abs(ratio - 1) * 100).toFixed(1);
  if (high < 1) return `${percent(middle)} % less, above the noise (at least ${percent(high)} %)`;
  if (low > 1) return `**${percent(middle)} % more, above the noise** (at least ${percent(low)} %)`;
  return `no difference above the noise: at most ${percent(low)} % less or ${percent(high)} % more`;
}
