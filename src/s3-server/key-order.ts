/** Rank of a UTF-16 unit. Surrogates stand for code points above U+FFFF, so they sort after the units U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Compares two well-formed strings by their UTF-8 bytes, the order in which S3 lists keys. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function partition(keys: readonly string[], from: number, isBefore: (key: string) => boolean): number {
  let low = from;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(keys[middle] as string)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first sorted key that is not less than `key`, or if `after` is true, of the first that is greater. */
export function indexOfKey(keys: readonly string[], key: string, after = false): number {
  return partition(keys, 0, (other) => {
    const order = compareKeys(other, key);
    return order < 0 || (after && order === 0);
  });
}

/** Index of the first sorted key from index `from` on that does not start with `prefix`. */
export function indexAfterPrefix(keys: readonly string[], prefix: string, from: number): number {
  return partition(keys, from, (key) => key.startsWith(prefix));
}

/**
 * Keys in S3's order. New keys are sorted and merged only when a listing needs them, so writes stay cheap:
 * docs/performance.md.
 */
export class SortedKeys {
  #sorted: string[] = [];
  readonly #added = new Set<string>();
  #removed = 0;

  /** Adds a key that is not in the list. */
  add(key: string): void {
    this.#added.add(key);
  }

  /** Removes a key. {@link sorted} may still return it until half of its keys have been removed. */
  remove(key: string): void {
    if (!this.#added.delete(key)) this.#removed++;
  }

  /** Returns the keys in order, possibly with some removed ones. @param isLive Tells whether a key still exists. */
  sorted(isLive: (key: string) => boolean): readonly string[] {
    if (this.#removed * 2 > this.#sorted.length) {
      this.#sorted = this.#sorted.filter(isLive);
      this.#removed = 0;
    }
    if (this.#added.size > 0) {
      this.#sorted = merge(this.#sorted, [...this.#added].sort(compareKeys));
      this.#added.clear();
    }
    return this.#sorted;
  }
}

function merge(a: readonly string[], b: readonly string[]): string[] {
  const merged: string[] = [];
  let i = 0;
  for (const key of b) {
    for (; i < a.length && compareKeys(a[i] as string, key) < 0; i++) merged.push(a[i] as string);
    if (a[i] === key) i++;
    merged.push(key);
  }
  for (; i < a.length; i++) merged.push(a[i] as string);
  return merged;
}
