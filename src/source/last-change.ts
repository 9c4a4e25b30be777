import type { Stats } from 'node:fs';
import type { Identity } from './identity.ts';

/** What tells that a file has not changed since it was stored. `checksum`: its content only. */
export type Compare = 'auto' | 'size-mtime' | 'checksum';

/**
 * A file's last change must be at least this much older than the object. Milliseconds. Covers times that a store gives in whole
 * seconds, clocks that are slewed meanwhile, and what happens to a file between its reading and the end of its upload.
 */
export const MARGIN_MS = 10_000;

/** Twice as long as the clock of a kernel stands still that stamps with CONFIG_HZ=100. */
const FINE_TICK_MS = 20;
/** vfat has times of two seconds; ext4 with inodes of 128 bytes, HFS+ and sshfs have whole seconds. */
const COARSE_TICK_MS = 2_100;

/**
 * How far apart two changes of a file must be, in milliseconds, to be told apart by its times for certain: as far as the file system
 * shows, since times without a fraction of a second are probably whole seconds.
 */
export function clockTickMs({ ctimeNs }: Pick<Identity, 'ctimeNs'>): number {
  return ctimeNs % 1_000_000_000n === 0n ? COARSE_TICK_MS : FINE_TICK_MS;
}

/** Where that took longer, the file is looked at again after its upload: no change may get near the margin unseen. */
export const UNWATCHED_MS = 2_000;

/**
 * When the file was last changed, as far as that is asked: milliseconds since 1970. A file that another was moved over,
 * or whose mtime was set back, has its old mtime, but a new ctime.
 */
export function lastChangeMs({ mtimeMs, ctimeMs }: Stats, compare: Compare): number {
  return compare === 'auto' ? Math.max(mtimeMs, ctimeMs) : mtimeMs;
}
