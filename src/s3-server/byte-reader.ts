import { S3Error } from './errors.ts';

/** Reads lines and counted bytes from a stream of buffers. Keeps at most one buffer and one line in memory. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async #fill(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done) return false;
    this.#buffer = next.value;
    return true;
  }

  /** Reads up to `limit` bytes; undefined at the end of the stream. */
  async take(limit: number): Promise<Buffer | undefined> {
    while (this.#buffer.length === 0) if (!(await this.#fill())) return undefined;
    const bytes = this.#buffer.subarray(0, limit);
    this.#buffer = this.#buffer.subarray(bytes.length);
    return bytes;
  }

  /**
   * Reads a line without its LF or CRLF; undefined at the end of the stream.
   *
   * @throws {S3Error} IncompleteBody when a line is longer than `limit` bytes or ends with the stream.
   */
  async line(limit: number): Promise<string | undefined> {
    let text = '';
    for (;;) {
      const newline = this.#buffer.indexOf(0x0a);
      const end = newline < 0 ? this.#buffer.length : newline;
      text += this.#buffer.toString('latin1', 0, end);
      if (text.length > limit) throw new S3Error('IncompleteBody', 'A chunk header or trailer is too long.');
      this.#buffer = this.#buffer.subarray(newline < 0 ? end : end + 1);
      if (newline >= 0) return text.endsWith('\r') ? text.slice(0, -1) : text;
      if (!(await this.#fill())) {
        if (text === '') return undefined;
        throw new S3Error('IncompleteBody', 'The body ends within a chunk header or trailer.');
      }
    }
  }
}
