import { compareKeys } from '../core/key.ts';
import { costOf, type Weight } from './weight.ts';

/** Most groups in memory: some 30 MB with keys of 80 bytes. The largest of 1,000 shards is then 2 % too large. */
const MOST_GROUPS = 131_072;

/**
 * Weighs files that come in the order of their keys, in constant memory: neighbours are put into groups, so that each group costs
 * about as much as any other. Few files stay apart, each with its own key.
 */
export class OrderedWeights {
  readonly #most: number;
  #groups: Weight[] = [];
  #largest = 0;
  #cost = 0;

  /** @param most Most groups. Default 131,072. */
  constructor(most = MOST_GROUPS) {
    this.#most = most;
  }

  /** @param key A key out of order counts for the group of the keys before it. */
  add(key: string, bytes: number): void {
    const file = { key, files: 1, bytes };
    this.#cost += costOf(file);
    const last = this.#groups.at(-1);
    if (last && (fits(last, file, this.#largest) || compareKeys(key, last.key) <= 0))
      this.#groups[this.#groups.length - 1] = joined(last, file);
    else this.#groups.push(file);
    while (this.#groups.length > this.#most) this.#join();
  }

  /** The groups in the order of their keys. */
  get list(): readonly Weight[] {
    return this.#groups;
  }

  /** Joins neighbours until half of the groups are free. */
  #join(): void {
    this.#largest = Math.max(this.#largest, this.#cost / this.#most);
    while (this.#groups.length > this.#most / 2) {
      this.#largest *= 2;
      const groups: Weight[] = [];
      for (const group of this.#groups) {
        const last = groups.at(-1);
        if (last && fits(last, group, this.#largest)) groups[groups.length - 1] = joined(last, group);
        else groups.push(group);
      }
      this.#groups = groups;
    }
  }
}

function fits(one: Weight, other: Weight, largest: number): boolean {
  return costOf(one) + costOf(other) <= largest;
}

function joined({ key, files, bytes }: Weight, other: Weight): Weight {
  return { key, files: files + other.files, bytes: bytes + other.bytes };
}
