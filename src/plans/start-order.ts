/**
 * Puts ranges into an order in which those that start together lie far apart: by their places with the bits reversed, so that the
 * first two are half of all ranges apart, and the first four a quarter. S3 divides a busy range of keys among machines of its own
 * only after half an hour or more; shards that begin side by side would share one.
 */
export function startOrder<T>(ranges: readonly T[]): T[] {
  const bits = Math.ceil(Math.log2(Math.max(1, ranges.length)));
  const ordered: T[] = [];
  for (let index = 0; index < 2 ** bits; index += 1) {
    const range = ranges[reversed(index, bits)];
    if (range !== undefined) ordered.push(range);
  }
  return ordered;
}

function reversed(index: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit += 1) result = (result << 1) | ((index >> bit) & 1);
  return result;
}
