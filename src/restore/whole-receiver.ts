import type { BodyReceiver } from '../http/answer-parser.ts';

/** Receives a small object as a whole, in memory that is there already. */
export class WholeReceiver implements BodyReceiver {
  #memory: Buffer;
  #length = 0;

  /** @param memory As large as the object is expected to be. If it is larger, other memory is used. */
  constructor(memory: Buffer) {
    this.#memory = memory;
  }

  /** What has been received. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  memoryAt(at: number): Buffer {
    return this.#memory.subarray(at);
  }

  receive(piece: Buffer, at: number): undefined {
    const end = at + piece.length;
    if (end > this.#memory.length) this.#grow(end);
    const { buffer, byteOffset } = this.#memory;
    if (piece.buffer !== buffer || piece.byteOffset !== byteOffset + at) this.#memory.set(piece, at);
    this.#length = end;
  }

  #grow(length: number): void {
    const memory = Buffer.allocUnsafe(2 * length);
    memory.set(this.bytes);
    this.#memory = memory;
  }
}
