/** Several measurements of one thing. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @param sorted ascending, at least one */
export function median(sorted: readonly number[]): number {
  const half = (sorted.length - 1) / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(half)], sorted[Math.ceil(half)]];
  return (low + high) / 2;
}

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: median(sorted), least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN };
}

/** Such as `1.62 (1.58–1.70)`. */
export function spreadText({ median, least, most }: Spread, digits: number): string {
  const [shown, low, high] = [median, least, most].map((value) => value.toFixed(digits));
  return low === high ? `${shown}` : `${shown} (${low}–${high})`;
}
