import type { Limit } from './adaptive-limit.ts';

/** A limit that knows how many files are in work under it. */
export class CountedLimit implements Limit {
  readonly #limit: Limit;
  #inWork = 0;

  constructor(limit: Limit) {
    this.#limit = limit;
  }

  get current(): number {
    return this.#limit.current;
  }

  /** Number of files in work at this moment. */
  get inWork(): number {
    return this.#inWork;
  }

  onInWork(files: number): void {
    this.#inWork = files;
    this.#limit.onInWork?.(files);
  }
}
