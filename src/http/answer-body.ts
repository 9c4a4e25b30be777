const NONE: Buffer = Buffer.alloc(0);

/** Joins the pieces of a body. Memory is at most twice the body's size, however small the pieces are. */
export class AnswerBody {
  #memory = NONE;
  #length = 0;

  /** Bytes added so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * @param piece Copied, so its memory may be reused.
   * @param missing Bytes that are known to follow. Memory is reserved for them.
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

  /** The whole body. */
  whole(): Buffer {
    return this.#length === this.#memory.length ? this.#memory : this.#memory.subarray(0, this.#length);
  }
}
