import { fileSystemOf } from './file-system.ts';

const NEVER = Number.NEGATIVE_INFINITY;
/** A small file that blocks for longer costs more in uploads that wait than the thread pool's 60 µs. */
const SLOW_MS = 2;
/** So long nothing blocks after that. */
const REST_MS = 1_000;

/**
 * Decides whether a small read blocks here, or is made in the thread pool, which takes longer (70 µs instead of 8 for a
 * small file) and lets uploads go on: by the kind of the file system, and by how long such reads have taken of late.
 */
export class ReadPace {
  readonly #slowMs: number;
  readonly #now: () => number;
  readonly #far = new Map<string, boolean>();
  #blocksAgainAt = NEVER;

  /**
   * @param slowMs How long a read may block and count as fast. Default 2.
   * @param now Milliseconds, of a clock that only goes forward.
   */
  constructor(slowMs = SLOW_MS, now: () => number = () => performance.now()) {
    this.#slowMs = slowMs;
    this.#now = now;
  }

  /** @param root A folder on the file system that is to be read from. */
  mayBlock(root: string): boolean {
    const isResting = this.#blocksAgainAt > NEVER && this.#now() < this.#blocksAgainAt;
    return !isResting && !this.#isFar(root);
  }

  /** Runs a read that blocks, and remembers when it took long. */
  watch<T>(read: () => T): T {
    const start = this.#now();
    try {
      return read();
    } finally {
      const end = this.#now();
      if (end - start > this.#slowMs) this.#blocksAgainAt = end + REST_MS;
    }
  }

  #isFar(root: string): boolean {
    const known = this.#far.get(root);
    if (known !== undefined) return known;
    const far = fileSystemOf(root).isRemote;
    this.#far.set(root, far);
    return far;
  }
}
