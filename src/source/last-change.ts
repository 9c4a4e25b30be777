import type { Stats } from 'node:fs';

/** What tells that a file has not changed since it was stored. `checksum`: its content only. */
export type Compare = 'auto' | 'size-mtime' | 'checksum';

/**
 * So much older than the object must a file's last change be, in milliseconds. Covers times that a store gives in whole
 * seconds, clocks that are slewed meanwhile, and what happens to a file between its reading and the end of its upload.
 */
export const MARGIN_MS = 10_000;

/** Where that took longer, the file is looked at again after its upload: no change may get near the margin unseen. */
export const UNWATCHED_MS = 2_000;

/**
 * When the file was last changed, as far as that is asked: milliseconds since 1970. A file that another was moved over,
 * or whose mtime was set back, has its old mtime, but a new ctime.
 */
export function lastChangeMs({ mtimeMs, ctimeMs }: Stats, compare: Compare): number {
  return compare === 'auto' ? Math.max(mtimeMs, ctimeMs) : mtimeMs;
}
