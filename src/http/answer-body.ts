const NONE: Buffer = Buffer.alloc(0);

/** Puts the pieces of a body together. A piece costs its bytes and no more, however small it is: at most twice the body. */
export class AnswerBody {
  #memory = NONE;
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * @param piece Is copied.
   * @param missing Bytes that are known to come after it.
   */
  add(piece: Uint8Array, missing = 0): void {
    const length = this.#length + piece.length;
    if (length > this.#memory.length) this.#grow(length, missing);
    this.#memory.set(piece, this.#length);
    this.#length = length;
  }

  #grow(length: number, missing: number): void {
    const memory = Buffer.allocUnsafe(Math.max(length + missing, 2 * this.#memory.length));
    memory.set(this.#memory.subarray(0, this.#length));
    this.#memory = memory;
  }

  /** All of it. */
  whole(): Buffer {
    return this.#length === this.#memory.length ? this.#memory : this.#memory.subarray(0, this.#length);
  }
}
