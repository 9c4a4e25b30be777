import { createHash, type Hash } from 'node:crypto';

/** Bytes at either end of a content that stand for all of it. */
const END_BYTES = 64;

interface Known {
  readonly tail: string;
  /** In hex; undefined when contents with this beginning differ later, so that each has to be hashed. */
  readonly md5: string | undefined;
}

/**
 * The MD5 of every content seen so far. Computing it each time would cost more than the client costs, so a content is
 * hashed when it is seen first and known again by its length, its first 64 and its last 64 bytes. The bench's files are
 * random, so that these tell them apart, and each client's warm-up run fills the memory. A content that was damaged
 * between its ends is not noticed: this is a measuring instrument, no store.
 */
export class Md5Memory {
  readonly #known = new Map<string, Known>();

  recall(length: number, head: string): Known | undefined {
    return this.#known.get(`${length}:${head}`);
  }

  learn(length: number, head: string, known: Known): void {
    this.#known.set(`${length}:${head}`, known);
  }
}

/** A content while it arrives, in pieces of any size. */
export class Content {
  readonly #memory: Md5Memory;
  readonly #length: number;
  #received = 0;
  #head = '';
  #tail = '';
  #known: Known | undefined;
  #hash: Hash | undefined;
  /** All bytes so far, if they are kept. */
  readonly kept: Buffer | undefined;

  /** @param length bytes that will arrive */
  constructor(memory: Md5Memory, length: number, isKept: boolean) {
    this.#memory = memory;
    this.#length = length;
    this.kept = isKept ? Buffer.allocUnsafe(length) : undefined;
    if (length === 0) this.#begin();
  }

  /** Takes the bytes from `start` to `end` of a buffer that may be reused afterwards. */
  write(buffer: Buffer, start: number, end: number): void {
    const before = this.#received;
    this.#received += end - start;
    if (this.kept !== undefined) buffer.copy(this.kept, before, start, end);
    let hashFrom = start;
    const headEnd = Math.min(END_BYTES, this.#length);
    if (before < headEnd) {
      hashFrom = Math.min(end, start + headEnd - before);
      this.#head += buffer.toString('latin1', start, hashFrom);
      if (this.#head.length === headEnd) this.#begin();
    }
    this.#hash?.update(buffer.subarray(hashFrom, end));
    const tailStart = this.#length - END_BYTES;
    if (this.#received > tailStart) {
      this.#tail += buffer.toString('latin1', Math.max(start, end - (this.#received - tailStart)), end);
    }
  }

  #begin(): void {
    this.#known = this.#memory.recall(this.#length, this.#head);
    if (this.#known?.md5 === undefined) this.#hash = createHash('md5').update(this.#head, 'latin1');
  }

  /**
   * The MD5 in hex once all bytes have arrived. Undefined when the content was taken for another that begins alike: its
   * bytes are gone, so it has to be sent again, and is hashed then.
   */
  md5(): string | undefined {
    const tail = this.#tail;
    if (this.#hash !== undefined) {
      const md5 = this.#hash.digest('hex');
      if (this.#known === undefined) this.#memory.learn(this.#length, this.#head, { tail, md5 });
      return md5;
    }
    if (this.#known?.tail === tail) return this.#known.md5;
    this.#memory.learn(this.#length, this.#head, { tail, md5: undefined });
    return undefined;
  }
}
