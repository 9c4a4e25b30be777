/** Most lines that are shown. Suggesting a name for an unknown one takes 0.1 ms. */
const MAX_LINES = 20;

/** Collects the problems of one source of settings: keeps the first lines, and counts the others. */
export class ProblemList {
  readonly #lines: string[] = [];
  #left = 0;

  /** @param line Called only if the line will be shown. */
  add(line: () => string): void {
    if (this.#lines.length < MAX_LINES) this.#lines.push(line());
    else this.#left += 1;
  }

  /**
   * The collected lines, with the count of the others as the last one.
   *
   * @param source Name of the source, for messages.
   */
  lines(source: string): string[] {
    return this.#left === 0
      ? this.#lines
      : [...this.#lines, `${source}: ... and ${this.#left} more like these`];
  }
}
