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
    if (!insert(this.#slots, printOf(path))) return false;
    this.#count += 1;
    return true;
  }

  /** Whether a path was added. */
  has(path: string): boolean {
    return this.#slots[slotOf(this.#slots, printOf(path))] !== 0n;
  }

  #grow(): void {
    const larger = new BigUint64Array(this.#slots.length * 2);
    for (const print of this.#slots) if (print !== 0n) insert(larger, print);
    this.#slots = larger;
  }
}

function printOf(path: string): bigint {
  // 0 marks a free slot.
  return hash('md5', path, 'buffer').readBigUInt64LE() || 1n;
}

/** Returns the slot that holds the print, or the free slot where it belongs. */
function slotOf(slots: BigUint64Array, print: bigint): number {
  const mask = slots.length - 1;
  let slot = Number(print & BigInt(mask));
  while (slots[slot] !== print && slots[slot] !== 0n) slot = (slot + 1) & mask;
  return slot;
}

function insert(slots: BigUint64Array, print: bigint): boolean {
  const slot = slotOf(slots, print);
  if (slots[slot] === print) return false;
  slots[slot] = print;
  return true;
}
