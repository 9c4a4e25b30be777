import { createHash, hash } from 'node:crypto';

/**
 * Hashes bodies one after the other by node:crypto.
 * @param order Indices of the bodies to hash.
 * @param digests Takes the 16 bytes of each, by index.
 * @param turn Yields after about so many bytes.
 */
export function* hashAlone(
  bodies: readonly Uint8Array[],
  order: readonly number[],
  digests: Buffer,
  turn: number,
): Generator<void, void> {
  let hashed = 0;
  for (const index of order) {
    const body = bodies[index] as Uint8Array;
    if (hashed > 0 && hashed + body.length > turn) {
      yield;
      hashed = 0;
    }
    hashed += body.length;
    if (body.length <= turn) {
      digests.set(hash('md5', body, 'buffer'), 16 * index);
      continue;
    }
    const sum = createHash('md5');
    for (let from = 0; from < body.length; from += turn) {
      if (from > 0) yield;
      sum.update(body.subarray(from, from + turn));
    }
    digests.set(sum.digest(), 16 * index);
  }
}
