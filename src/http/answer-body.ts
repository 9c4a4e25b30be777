const NONE: Buffer = Buffer.alloc(0);

/** Joins the pieces of an answer's body. Uses at most twice the body's size in memory, however small the pieces are. */
export class AnswerBody {
  #memory = NONE;
  #length = 0;

  /** Number of bytes added so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends one piece of the body.
   *
   * @param piece Is copied, so the caller may reuse its memory.
   * @param missing Number of bytes that are known to follow; memory is reserved for them. Default 0.
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

  /** Returns the bytes added so far as one buffer. */
  whole(): Buffer {
    return this.#length === this.#memory.length ? this.#memory : this.#memory.subarray(0, this.#length);
  }
}
