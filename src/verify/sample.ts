import { createHash } from 'node:crypto';

/**
 * Makes a function that chooses a share of the keys pseudorandomly. The choice depends on the seed and the key only, not on the
 * order of the calls.
 *
 * @param share Share of the keys, from 0 (none) to 1 (all).
 */
export function sampleOf(share: number, seed: string): (key: string) => boolean {
  return (key) => {
    const digest = createHash('md5').update(seed).update('\0').update(key).digest();
    return digest.readUIntBE(0, 6) / 2 ** 48 < share;
  };
}
