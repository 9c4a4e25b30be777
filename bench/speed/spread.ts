/** Several measurements of one thing. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  const median = (at(Math.floor(half)) + at(Math.ceil(half))) / 2;
  return { median, least: at(0), most: at(sorted.length - 1) };
}

/** Such as `1.62 (1.58–1.70)`. */
export function spreadText({ median, least, most }: Spread, digits: number): string {
  const [shown, low, high] = [median, least, most].map((value) => value.toFixed(digits));
  return low === high ? `${shown}` : `${shown} (${low}–${high})`;
}
