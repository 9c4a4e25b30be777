import { statfsSync } from 'node:fs';

/** A blocking read that takes longer costs more in uploads that wait than the thread pool's 60 µs. */
const SLOW_MS = 2;
/** So long nothing blocks after that. */
const REST_MS = 1_000;

/** `f_type` of file systems that can be far away: NFS, CIFS, SMB2, SMB, FUSE, 9P, Ceph, Lustre, AFS (statfs(2)). */
const FAR: ReadonlySet<number> = new Set([
  0x6969, 0xff534d42, 0xfe534d42, 0x517b, 0x65735546, 0x01021997, 0x00c36400, 0x0bd00bd0, 0x5346414f,
]);

/**
 * Decides whether a small file is read here, which takes 8 µs, or in the thread pool, which takes 70 and lets uploads go on:
 * by the kind of its file system, and by how long such reads have taken of late.
 */
export class ReadPace {
  readonly #now: () => number;
  readonly #far = new Map<string, boolean>();
  #blocksAgainAt = Number.NEGATIVE_INFINITY;

  /** @param now Milliseconds, of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param root A folder on the file system that is to be read from. */
  mayBlock(root: string): boolean {
    return this.#now() >= this.#blocksAgainAt && !this.#isFar(root);
  }

  /** Runs a read that blocks, and remembers when it took long. */
  watch<T>(read: () => T): T {
    const start = this.#now();
    try {
      return read();
    } finally {
      const end = this.#now();
      if (end - start > SLOW_MS) this.#blocksAgainAt = end + REST_MS;
    }
  }

  #isFar(root: string): boolean {
    const known = this.#far.get(root);
    if (known !== undefined) return known;
    const far = isFar(root);
    this.#far.set(root, far);
    return far;
  }
}

function isFar(root: string): boolean {
  try {
    return FAR.has(statfsSync(root).type);
  } catch {
    return false;
  }
}
