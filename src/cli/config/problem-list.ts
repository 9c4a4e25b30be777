/** Enough to see what is wrong. To suggest a name for an unknown one takes 0.1 ms. */
const MAX_LINES = 20;

/** What is wrong with one source of settings: the first lines, and how many more there are. */
export class ProblemList {
  readonly #lines: string[] = [];
  #left = 0;

  /** @param line is asked for only if it is going to be shown. */
  add(line: () => string): void {
    if (this.#lines.length < MAX_LINES) this.#lines.push(line());
    else this.#left += 1;
  }

  /** @param source as people are told of it */
  lines(source: string): string[] {
    return this.#left === 0
      ? this.#lines
      : [...this.#lines, `${source}: ... and ${this.#left} more like these`];
  }
}
