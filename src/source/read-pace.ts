import { fileSystemOf } from './file-system.ts';

const NEVER = Number.NEGATIVE_INFINITY;
/**
 * Time in milliseconds above which a blocking read counts as slow: it then delays uploads by more than the 60 µs that the
 * thread pool costs.
 */
const SLOW_MS = 2;
/** Time in milliseconds for which no read blocks after a slow one. */
const REST_MS = 1_000;

/**
 * Decides whether a small read blocks the main thread or runs in the thread pool. The pool takes longer (70 µs instead of 8 for
 * a small file) but lets uploads continue. The kind of the file system and the time of recent reads decide. A restore decides in
 * the same way about its writes.
 */
export class ReadPace {
  readonly #slowMs: number;
  readonly #now: () => number;
  readonly #far = new Map<string, boolean>();
  #blocksAgainAt = NEVER;

  /**
   * @param slowMs Time in milliseconds from which a read counts as slow. Default 2.
   * @param now Clock in milliseconds that never goes back.
   */
  constructor(slowMs = SLOW_MS, now: () => number = () => performance.now()) {
    this.#slowMs = slowMs;
    this.#now = now;
  }

  /** Whether reads from a file system may block. @param root A folder on it. */
  mayBlock(root: string): boolean {
    const isResting = this.#blocksAgainAt > NEVER && this.#now() < this.#blocksAgainAt;
    return !isResting && !this.#isFar(root);
  }

  /** Runs a blocking read, and remembers if it was slow. */
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
