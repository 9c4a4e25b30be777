/** The chunks of a stream, given out in stretches of a certain length. */
export class CutStream {
  readonly #chunks: AsyncIterator<Buffer>;
  #left: Buffer | undefined;
  #isEnded = false;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Whether nothing follows what was taken so far. Known when a stretch has come to its end. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Yields the next bytes: `length` of them, or fewer if the stream ends. */
  async *take(length: number): AsyncGenerator<Buffer, void> {
    for (let missing = length; missing > 0; ) {
      const chunk = await this.#next();
      if (chunk === undefined) return;
      if (chunk.length > missing) this.#left = chunk.subarray(missing);
      const taken = chunk.subarray(0, missing);
      missing -= taken.length;
      yield taken;
    }
    this.#left ??= await this.#next();
  }

  async #next(): Promise<Buffer | undefined> {
    const left = this.#left;
    this.#left = undefined;
    if (left !== undefined) return left;
    for (;;) {
      const { value, done } = await this.#chunks.next();
      if (done) this.#isEnded = true;
      if (done) return undefined;
      if (value.length > 0) return value;
    }
  }
}
