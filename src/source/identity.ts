import type { BigIntStats } from 'node:fs';

/**
 * What tells one state of one file from any other. All bigints: a double holds nanoseconds since 1970 only to 256 ns,
 * and 64-bit inode numbers not at all.
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

/** Whether two identities are of one file, whatever has changed in it. */
export function sameFile(a: Pick<Identity, 'dev' | 'ino'>, b: Pick<Identity, 'dev' | 'ino'>): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** Whether two identities are of one file with as many bytes. */
export function sameFileAndSize(a: Identity, b: Identity): boolean {
  return sameFile(a, b) && a.size === b.size;
}

/** Whether two identities are of one file with one content. ctime is in it because `touch -r` can forge mtime. */
export function sameState(a: Identity, b: Identity): boolean {
  return sameFileAndSize(a, b) && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}
