/** What takes bytes: the range of a buffer that may be reused afterwards. */
export interface ByteTaker {
  write(buffer: Buffer, start: number, end: number): void;
}

const LF = 0x0a;

/**
 * Takes the framing off a body in chunks: `SIZE CRLF DATA CRLF` again and again, a size of 0, trailers, an empty line.
 * HTTP's own framing is that, and aws-chunked too, with a signature behind each size.
 */
export class Chunked implements ByteTaker {
  readonly #content: ByteTaker;
  #line = '';
  /** Bytes that are missing of the chunk's data. */
  #left = 0;
  #isInTrailers = false;
  #isEnded = false;

  constructor(content: ByteTaker) {
    this.#content = content;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** @returns the index behind what belongs to this body */
  write(buffer: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && !this.#isEnded)
      at = this.#left > 0 ? this.#data(buffer, at, end) : this.#text(buffer, at, end);
    return at;
  }

  #data(buffer: Buffer, at: number, end: number): number {
    const take = Math.min(this.#left, end - at);
    this.#content.write(buffer, at, at + take);
    this.#left -= take;
    return at + take;
  }

  #text(buffer: Buffer, at: number, end: number): number {
    const lineFeed = buffer.indexOf(LF, at);
    const isWhole = lineFeed >= 0 && lineFeed < end;
    const lineEnd = isWhole ? lineFeed + 1 : end;
    this.#line += buffer.toString('latin1', at, lineEnd);
    if (isWhole) this.#endLine();
    return lineEnd;
  }

  #endLine(): void {
    const line = this.#line.trim();
    this.#line = '';
    if (this.#isInTrailers) this.#isEnded = line === '';
    // An empty line is the end of the data before it.
    else if (line !== '') {
      this.#left = Number.parseInt(line, 16);
      this.#isInTrailers = this.#left === 0;
    }
  }
}
