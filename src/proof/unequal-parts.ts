import type { EqualParts } from '../digest/part-layout.ts';

/** Most requests to find out the sizes of an object's parts. */
const MAX_REQUESTS = 500;

/**
 * Finds the stretches of equal parts of an object whose parts do not all have one size, such as a stream whose parts grew. Asks for
 * a few parts of each stretch.
 *
 * @param parts Number of parts.
 * @param totalBytes Size of the object.
 * @param sizeOfPart Asks for the size of one part, counted from 1; undefined if that is unknown.
 * @returns undefined if the sizes are unknown, or are no stretches whose sizes add up to that of the object
 */
export async function stretchesOf(
  parts: number,
  totalBytes: number,
  sizeOfPart: (part: number) => Promise<number | undefined>,
): Promise<readonly EqualParts[] | undefined> {
  let requests = 0;
  const ask = async (part: number) => {
    requests += 1;
    return requests > MAX_REQUESTS ? undefined : sizeOfPart(part);
  };
  const stretches: EqualParts[] = [];
  let bytes = 0;
  for (let first = 1; first <= parts; ) {
    const size = await ask(first);
    const last = size === undefined ? undefined : await lastOfSize(first, parts, size, ask);
    if (size === undefined || last === undefined) return undefined;
    stretches.push({ count: last - first + 1, size });
    bytes += (last - first + 1) * size;
    first = last + 1;
  }
  return bytes === totalBytes ? stretches : undefined;
}

/** The last part of a stretch, searched in steps that double, and then halve. */
async function lastOfSize(
  first: number,
  parts: number,
  size: number,
  ask: (part: number) => Promise<number | undefined>,
): Promise<number | undefined> {
  let known = first;
  let beyond = parts + 1;
  for (let step = 1; beyond - known > 1; ) {
    const part = known + step < beyond ? known + step : known + Math.ceil((beyond - known) / 2);
    const found = await ask(Math.min(part, parts));
    if (found === undefined) return undefined;
    if (found === size) {
      known = Math.min(part, parts);
      step *= 2;
    } else {
      beyond = part;
      step = Math.max(1, Math.floor((beyond - known) / 2));
    }
  }
  return known;
}
