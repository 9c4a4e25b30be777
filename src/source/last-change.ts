import type { Stats } from 'node:fs';
import type { Identity } from './identity.ts';

/** How an unchanged file is recognised: by size and times (`auto`, `size-mtime`), or by its content only (`checksum`). */
export type Compare = 'auto' | 'size-mtime' | 'checksum';

/**
 * Minimum age in milliseconds of a file's last change when its object was written. It covers stores that report whole seconds,
 * clocks that are being adjusted, and changes to a file between its reading and the end of its upload.
 */
export const MARGIN_MS = 10_000;

/** Tick of a fine clock in milliseconds: twice the tick of a kernel with CONFIG_HZ=100. */
const FINE_TICK_MS = 20;
/**
 * Tick of a coarse clock in milliseconds: vfat has times of two seconds; ext4 with inodes of 128 bytes, HFS+ and sshfs have
 * whole seconds.
 */
const COARSE_TICK_MS = 2_100;

/**
 * Time in milliseconds by which two changes of a file must differ for its times to differ for certain. It depends on what the
 * file system shows: a time without a fraction is probably of whole seconds.
 */
export function clockTickMs({ ctimeNs }: Pick<Identity, 'ctimeNs'>): number {
  return ctimeNs % 1_000_000_000n === 0n ? COARSE_TICK_MS : FINE_TICK_MS;
}

/**
 * Time in milliseconds after which a file is checked again following its upload, so that no change near the margin goes
 * unnoticed.
 */
export const UNWATCHED_MS = 2_000;

/**
 * Time of the last change in milliseconds since 1970, as `compare` counts it. A file that was replaced by a rename, or whose
 * mtime was set back, has an old mtime but a new ctime.
 */
export function lastChangeMs({ mtimeMs, ctimeMs }: Stats, compare: Compare): number {
  return compare === 'auto' ? Math.max(mtimeMs, ctimeMs) : mtimeMs;
}
