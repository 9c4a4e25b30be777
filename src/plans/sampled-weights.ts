import { compareKeys } from '../core/key.ts';
import { costOf, type Weight } from './weight.ts';

/** Most files in memory: 33 MB with keys of 80 bytes. The largest of 100 shards is then 7 % too large, of 1,000 a quarter. */
const MOST_FILES = 131_072;

interface Sampled {
  readonly key: string;
  readonly bytes: number;
  readonly priority: number;
}

/**
 * Weighs files that come in any order, in constant memory, by priority sampling (Duffield, Lund, Thorup 2007): a file stays by its
 * cost and by chance, so large files stay, and the sum over any range is right on average. Chance is a hash of the key, so the same
 * files give the same plan.
 */
export class SampledWeights {
  readonly #most: number;
  /** A heap: the file of the least priority comes first. */
  readonly #heap: Sampled[] = [];
  /** The highest priority of the files that did not stay. */
  #threshold = 0;

  /** @param most Most files that stay. Default 131,072. */
  constructor(most = MOST_FILES) {
    this.#most = most;
  }

  add(key: string, bytes: number): void {
    const file = { key, bytes, priority: costOf({ files: 1, bytes }) / chanceOf(key) };
    if (this.#heap.length < this.#most) {
      this.#heap.push(file);
      this.#rise();
      return;
    }
    const least = this.#heap[0] ?? file;
    const dropped = file.priority > least.priority ? least : file;
    this.#threshold = Math.max(this.#threshold, dropped.priority);
    if (dropped === file) return;
    this.#heap[0] = file;
    this.#sink();
  }

  /** The files that stayed, each with the weight of those that it stands for, in the order of their keys. */
  get list(): readonly Weight[] {
    return this.#heap
      .map(({ key, bytes }) => {
        const standsFor = Math.max(1, this.#threshold / costOf({ files: 1, bytes }));
        return { key, files: standsFor, bytes: bytes * standsFor };
      })
      .sort((a, b) => compareKeys(a.key, b.key));
  }

  #rise(): void {
    let place = this.#heap.length - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#priority(parent) <= this.#priority(place)) return;
      this.#swap(parent, place);
      place = parent;
    }
  }

  #sink(): void {
    for (let place = 0; ; ) {
      const left = 2 * place + 1;
      const child = this.#priority(left + 1) < this.#priority(left) ? left + 1 : left;
      if (this.#priority(place) <= this.#priority(child)) return;
      this.#swap(place, child);
      place = child;
    }
  }

  #priority(place: number): number {
    return this.#heap[place]?.priority ?? Number.POSITIVE_INFINITY;
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a && b) [this.#heap[one], this.#heap[other]] = [b, a];
  }
}

/** A number above 0, at most 1, that a key always has and that says nothing about its place: FNV-1a, mixed as in MurmurHash3. */
export function chanceOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < key.length; place += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(place), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 1) / 2 ** 32;
}
