import { extended } from '../extended.ts';

/** An HTTP answer, read whole. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of a repeated header the last one. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Whether the connection may carry another request. */
  readonly keepsAlive: boolean;
}

/** What came back is not HTTP, or more of it than anything that is asked for here can be. */
export class HttpSyntaxError extends Error {
  override readonly name = 'HttpSyntaxError';
  readonly code = 'NotHttp';
}

const MAX_HEAD_BYTES = 64 * 1024;
/** A listing of 1,000 keys of 1,024 bytes, each of which can take three characters for a byte, has about 4 MB. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

const NONE: Buffer = Buffer.alloc(0);
const NUMBER = /^\d{1,15}$/;

type Head = Omit<HttpAnswer, 'body'>;
type Framing = 'none' | 'length' | 'chunked' | 'until-close';

/**
 * Reads one HTTP/1.1 answer, in pieces as they arrive (https://www.rfc-editor.org/rfc/rfc9112). Interim answers (100,
 * 103) are passed over. A parser of our own, for its price: with node:http a request takes 68 µs of CPU and with undici
 * 46, of 17 that it takes to write to a socket and read from it.
 */
export class AnswerParser {
  readonly #toHead: boolean;
  #rest = NONE;
  #head: Head | undefined;
  #framing: Framing = 'none';
  #missing = 0;
  #inTrailer = false;
  /** Whether the line break that ends a chunk is still to come. */
  #afterChunk = false;
  readonly #body: Buffer[] = [];
  #bodyBytes = 0;
  /** Whether anything has arrived. */
  begun = false;
  /** Bytes that came after the answer: nobody asked for them, so the connection cannot be trusted further. */
  surplus = 0;

  /** @param toHead Whether the request was a HEAD: the answer then has no body, whatever its headers say. */
  constructor(toHead: boolean) {
    this.#toHead = toHead;
  }

  /**
   * @param bytes Are copied where they are needed later on: the next ones may come in the same memory.
   * @throws HttpSyntaxError
   */
  push(bytes: Buffer): HttpAnswer | undefined {
    this.begun = true;
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const answer = this.#read();
    if (answer === undefined) this.#rest = Buffer.from(this.#rest);
    return answer;
  }

  #read(): HttpAnswer | undefined {
    while (this.#head === undefined) if (!this.#readHead()) return undefined;
    if (this.#framing === 'chunked' ? !this.#readChunks() : !this.#readPlain()) return undefined;
    return this.#finish(this.#head);
  }

  /** The other side has closed the connection. @returns undefined where the answer is cut short. */
  end(): HttpAnswer | undefined {
    return this.#head && this.#framing === 'until-close' ? this.#finish(this.#head) : undefined;
  }

  #finish(head: Head): HttpAnswer {
    this.surplus = this.#rest.length;
    const [only = NONE] = this.#body;
    return extended(head, { body: this.#body.length > 1 ? Buffer.concat(this.#body) : only });
  }

  /** Returns whether there may be more to read at once. */
  #readHead(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#rest.length > MAX_HEAD_BYTES) throw new HttpSyntaxError('the head of the answer has no end');
      return false;
    }
    const head = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + 4);
    const lineEnd = head.indexOf('\r\n');
    const statusLine = lineEnd < 0 ? head : head.slice(0, lineEnd);
    const [, minor, status] = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/.exec(statusLine) ?? [];
    if (status === undefined) throw new HttpSyntaxError('the answer does not begin as HTTP does');
    if (status.startsWith('1')) return true;
    const headers =
      lineEnd < 0 ? new Map<string, string>() : headersOf(head.slice(lineEnd + 2).split('\r\n'));
    this.#frame(Number(status), headers);
    const connection = headers.get('connection')?.toLowerCase() ?? (minor === '1' ? '' : 'close');
    this.#head = {
      status: Number(status),
      headers,
      keepsAlive: this.#framing !== 'until-close' && !connection.includes('close'),
    };
    return true;
  }

  /** https://www.rfc-editor.org/rfc/rfc9112#name-message-body-length */
  #frame(status: number, headers: ReadonlyMap<string, string>): void {
    const length = headers.get('content-length');
    const coding = headers.get('transfer-encoding');
    if (this.#toHead || status === 204 || status === 304) return;
    if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked') throw new HttpSyntaxError(`transfer-encoding: ${coding}`);
      this.#framing = 'chunked';
    } else if (length !== undefined) {
      if (!NUMBER.test(length)) throw new HttpSyntaxError(`content-length: ${length}`);
      this.#framing = 'length';
      this.#missing = Number(length);
    } else {
      this.#framing = 'until-close';
      this.#missing = Number.POSITIVE_INFINITY;
    }
  }

  /** Returns whether the body is complete. */
  #readPlain(): boolean {
    this.#take();
    return this.#missing === 0;
  }

  #readChunks(): boolean {
    for (;;) {
      this.#take();
      if (this.#missing > 0) return false;
      const line = this.#readLine();
      if (line === undefined) return false;
      if (this.#inTrailer) {
        if (line === '') return true;
      } else if (this.#afterChunk) {
        if (line !== '') throw new HttpSyntaxError('a chunk is longer than it says');
        this.#afterChunk = false;
      } else {
        const [, size] = /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?$/.exec(line) ?? [];
        if (size === undefined) throw new HttpSyntaxError('a chunk has no size');
        this.#missing = Number.parseInt(size, 16);
        this.#inTrailer = this.#missing === 0;
        this.#afterChunk = !this.#inTrailer;
      }
    }
  }

  #readLine(): string | undefined {
    const end = this.#rest.indexOf('\r\n');
    if (end > MAX_HEAD_BYTES || (end < 0 && this.#rest.length > MAX_HEAD_BYTES)) {
      throw new HttpSyntaxError('a line of a chunk has no end');
    }
    if (end < 0) return undefined;
    const line = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + 2);
    return line;
  }

  /** Moves what there is of the missing bytes to the body. */
  #take(): void {
    const got = this.#rest.subarray(0, this.#missing);
    if (got.length === 0) return;
    this.#rest = this.#rest.subarray(got.length);
    this.#missing -= got.length;
    this.#bodyBytes += got.length;
    if (this.#bodyBytes > MAX_BODY_BYTES) throw new HttpSyntaxError('the answer is longer than 16 MiB');
    this.#body.push(Buffer.from(got));
  }
}

function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new HttpSyntaxError('a header of the answer has no name');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'content-length' && (headers.get(name) ?? value) !== value) {
      throw new HttpSyntaxError('the answer has two lengths');
    }
    headers.set(name, value);
  }
  return headers;
}
