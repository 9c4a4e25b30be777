import { type Calls, callInBackground, callNow } from '../files/calls.ts';
import { fileSystemOf } from './file-system.ts';

const NEVER = Number.NEGATIVE_INFINITY;
/**
 * Time in milliseconds above which what blocks the main thread counts as slow: it then delays uploads by more than the 60 µs
 * that the thread pool costs. Below a quarter of it, it counts as fast.
 */
const SLOW_MS = 2;
/** So many slow ones in a row, without a fast one between them, count: a single one may be a pause of this process. */
const IN_A_ROW = 2;
/** Time in milliseconds for which nothing blocks after slow ones. */
const REST_MS = 1_000;

/**
 * Decides whether calls of the file system block the main thread or run in the thread pool. The pool takes longer (70 µs
 * instead of 8 for a read of a small file) but lets other files and uploads continue. The time of recent calls decides and, for
 * reads, the kind of the file system. A restore decides in the same way about its writes.
 */
export class CallPace {
  readonly #slowMs: number;
  readonly #now: () => number;
  readonly #far = new Map<string, boolean>();
  #restsUntil = NEVER;
  #slowInARow = 0;

  /**
   * @param slowMs Time in milliseconds above which something counts as slow. Default 2.
   * @param now Clock in milliseconds that never goes back.
   */
  constructor(slowMs = SLOW_MS, now: () => number = () => performance.now()) {
    this.#slowMs = slowMs;
    this.#now = now;
  }

  /** Whether reads from a file system may block. @param root A folder on it. */
  mayBlock(root: string): boolean {
    return !this.isSlow && !this.#isFar(root);
  }

  /** Runs what blocks, and remembers if it was slow. */
  watch<T>(work: () => T): T {
    const start = this.#now();
    try {
      return work();
    } finally {
      this.#note(this.#now() - start);
    }
  }

  /**
   * Makes calls at once, on any kind of file system, or in the thread pool if the last ones were slow.
   *
   * @returns a promise only if they run in the thread pool
   */
  run<T>(calls: Calls<T>): T | Promise<T> {
    return this.isSlow ? callInBackground(calls) : this.watch(() => callNow(calls));
  }

  /** Whether the last calls were slow, so that nothing blocks for a while. */
  get isSlow(): boolean {
    return this.#restsUntil > NEVER && this.#now() < this.#restsUntil;
  }

  #note(tookMs: number): void {
    if (tookMs > this.#slowMs) this.#slowInARow += 1;
    else if (tookMs < this.#slowMs / 4) this.#slowInARow = 0;
    if (this.#slowInARow >= IN_A_ROW) this.#restsUntil = this.#now() + REST_MS;
  }

  #isFar(root: string): boolean {
    const known = this.#far.get(root);
    if (known !== undefined) return known;
    const far = fileSystemOf(root).isRemote;
    this.#far.set(root, far);
    return far;
  }
}
