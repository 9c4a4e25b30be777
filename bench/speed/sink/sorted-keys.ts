const BLOCK_KEYS = 512;

/** Index of the first of the sorted texts that is not before `text`. */
function lowerBound(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Keys in their order, in blocks, so that neither a page of a million nor keys added between two pages cost a pass over
 * all. Keys wait until the order is asked for: writing does not pay for listing.
 */
export class SortedKeys {
  /** None is empty. */
  readonly #blocks: string[][] = [];
  /** The first key of each block. */
  readonly #firsts: string[] = [];
  #added: string[] = [];

  /** Adds a key that is not there. */
  add(key: string): void {
    this.#added.push(key);
  }

  remove(key: string): void {
    this.#settle();
    const index = this.#blockOf(key);
    const block = this.#blocks[index];
    const at = block === undefined ? -1 : block.indexOf(key);
    if (block === undefined || at < 0) return;
    block.splice(at, 1);
    if (block.length > 0) {
      this.#firsts[index] = block[0] as string;
      return;
    }
    this.#blocks.splice(index, 1);
    this.#firsts.splice(index, 1);
  }

  /** The keys from `start` on, `start` itself included. */
  *from(start: string): Generator<string, void, undefined> {
    this.#settle();
    let index = this.#blockOf(start);
    let at = lowerBound(this.#blocks[index] ?? [], start);
    for (; index < this.#blocks.length; index += 1, at = 0) {
      const block = this.#blocks[index] as string[];
      for (; at < block.length; at += 1) yield block[at] as string;
    }
  }

  /** The block that holds the key, or would. */
  #blockOf(key: string): number {
    const index = lowerBound(this.#firsts, key);
    return this.#firsts[index] === key ? index : Math.max(0, index - 1);
  }

  #settle(): void {
    if (this.#added.length === 0) return;
    const added = this.#added.sort((a, b) => (a < b ? -1 : 1));
    this.#added = [];
    if (this.#blocks.length > 0) for (const key of added) this.#insert(key);
    else {
      for (let at = 0; at < added.length; at += BLOCK_KEYS)
        this.#setBlock(at / BLOCK_KEYS, added.slice(at, at + BLOCK_KEYS));
    }
  }

  #setBlock(index: number, block: string[]): void {
    this.#blocks[index] = block;
    this.#firsts[index] = block[0] as string;
  }

  #insert(key: string): void {
    const index = this.#blockOf(key);
    const block = this.#blocks[index] as string[];
    block.splice(lowerBound(block, key), 0, key);
    this.#firsts[index] = block[0] as string;
    if (block.length <= 2 * BLOCK_KEYS) return;
    const upper = block.splice(BLOCK_KEYS);
    this.#blocks.splice(index + 1, 0, upper);
    this.#firsts.splice(index + 1, 0, upper[0] as string);
  }
}
