import { createHash } from 'node:crypto';

/**
 * Chooses a share of the keys as if by chance, the same for the same seed, in whatever order they come.
 *
 * @param share From 0 (none) to 1 (all).
 */
export function sampleOf(share: number, seed: string): (key: string) => boolean {
  return (key) => {
    const digest = createHash('md5').update(seed).update('\0').update(key).digest();
    return digest.readUIntBE(0, 6) / 2 ** 48 < share;
  };
}
