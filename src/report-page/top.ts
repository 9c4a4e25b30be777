/** Keeps the first `most` of any number of items in an order, in memory for twice as many. */
export class Top<T> {
  readonly #most: number;
  readonly #order: (a: T, b: T) => number;
  #items: T[] = [];
  /** The last item that was kept; what comes after it is not. */
  #last: T | undefined;

  /** @param order As for `sort`. */
  constructor(most: number, order: (a: T, b: T) => number) {
    this.#most = most;
    this.#order = order;
  }

  add(item: T): void {
    if (this.#last !== undefined && this.#order(item, this.#last) >= 0) return;
    this.#items.push(item);
    if (this.#items.length >= 2 * this.#most) this.#cut();
  }

  /** The kept items, in order. */
  get list(): readonly T[] {
    this.#cut();
    return this.#items;
  }

  #cut(): void {
    this.#items = this.#items.sort(this.#order).slice(0, this.#most);
    if (this.#items.length === this.#most) this.#last = this.#items.at(-1);
  }
}
