import type { TimelineSample } from '../report/timeline.ts';

/** The rates of a run between each sample of its timeline and the one before. All lists are equally long. */
export interface Rates {
  /** End of each interval, in seconds since the start. */
  readonly seconds: readonly number[];
  readonly bytesPerSecond: readonly number[];
  readonly filesPerSecond: readonly number[];
  readonly atOnce: readonly number[];
}

/** Shorter intervals say nothing of the rate: the last sample may follow the one before at once. In seconds. */
const SHORTEST = 0.05;

export function ratesOf(timeline: readonly TimelineSample[]): Rates {
  const rates = {
    seconds: [] as number[],
    bytesPerSecond: [] as number[],
    filesPerSecond: [] as number[],
    atOnce: [] as number[],
  };
  let before: TimelineSample = { seconds: 0, files: 0, bytes: 0, at_once: 0 };
  for (const sample of timeline) {
    const took = sample.seconds - before.seconds;
    if (took < SHORTEST) continue;
    rates.seconds.push(sample.seconds);
    rates.bytesPerSecond.push(Math.round(Math.max(0, sample.bytes - before.bytes) / took));
    rates.filesPerSecond.push(Number((Math.max(0, sample.files - before.files) / took).toFixed(2)));
    rates.atOnce.push(sample.at_once);
    before = sample;
  }
  return rates;
}
