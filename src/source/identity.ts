import type { BigIntStats } from 'node:fs';

/**
 * Identifies one state of one file. All values are bigints: a double holds nanoseconds since 1970 only to 256 ns, and cannot
 * hold 64-bit inode numbers.
 */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly nlink: bigint;
  readonly mode: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
}

export function identityOf(stats: BigIntStats): Identity {
  const { dev, ino, size, mtimeNs, ctimeNs, nlink, mode, uid, gid } = stats;
  return { dev, ino, size, mtimeNs, ctimeNs, nlink, mode, uid, gid };
}

/** Whether two identities belong to one file, in any states. */
export function sameFile(a: Pick<Identity, 'dev' | 'ino'>, b: Pick<Identity, 'dev' | 'ino'>): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** Whether two identities belong to one file, and the sizes are equal. */
export function sameFileAndSize(a: Identity, b: Identity): boolean {
  return sameFile(a, b) && a.size === b.size;
}

/** Whether two identities belong to one file in one state. ctime is compared because `touch -r` can forge mtime. */
export function sameState(a: Identity, b: Identity): boolean {
  return sameFileAndSize(a, b) && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}
