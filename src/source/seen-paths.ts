import { hash } from 'node:crypto';

/**
 * Recognises repeated paths at 8 to 16 bytes each, so that a list of a million files does not fill the memory. It is a hash
 * table of 64 bits of each path's MD5. Two of a million different paths collide with a probability of 3 in 10^8.
 */
export class SeenPaths {
  #slots = new BigUint64Array(1024);
  #count = 0;

  /** Adds a path. @returns whether the path is new */
  add(path: string): boolean {
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    // 0 marks a free slot.
    const print = hash('md5', path, 'buffer').readBigUInt64LE() || 1n;
    if (!insert(this.#slots, print)) return false;
    this.#count += 1;
    return true;
  }

  #grow(): void {
    const larger = new BigUint64Array(this.#slots.length * 2);
    for (const print of this.#slots) if (print !== 0n) insert(larger, print);
    this.#slots = larger;
  }
}

function insert(slots: BigUint64Array, print: bigint): boolean {
  const mask = slots.length - 1;
  for (let slot = Number(print & BigInt(mask)); ; slot = (slot + 1) & mask) {
    if (slots[slot] === print) return false;
    if (slots[slot] === 0n) {
      slots[slot] = print;
      return true;
    }
  }
}
