import { assignCopy } from '../flow/assign-copy.ts';
import { AnswerBody } from './answer-body.ts';
import { parseHeaders } from './answer-headers.ts';
import { AnswerTooLargeError, HttpSyntaxError } from './http-error.ts';

/** An HTTP answer, read whole. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of a repeated header the last one. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Whether the connection may carry another request. */
  readonly keepsAlive: boolean;
}

/** Limit of all heads of an answer together, interim ones included. Node.js takes 16 KiB for each; S3 sends about 1 KiB. */
const MAX_HEAD_BYTES = 64 * 1024;
/** RFC 9110 defines four kinds; S3 sends one of them, once. */
export const MAX_INTERIM_ANSWERS = 100;
/**
 * Limit of most answers' bodies. An error document has less than 1 KiB; one that repeats a long request, to show which text
 * was signed, has about 100 KiB.
 */
export const SMALL_ANSWER_BYTES = 1024 * 1024;
/**
 * Chunk sizes, chunk extensions and trailers together may take this many bytes and an eighth of the body. That is enough for
 * 13,000 chunks of one byte, which a store sends to keep a connection alive, and for any number of chunks of 48 bytes.
 */
const FREE_FRAMING_BYTES = 64 * 1024;
const FRAMING_SHARE = 1 / 8;

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
  readonly #maxBodyBytes: number;
  #rest = NONE;
  #head: Head | undefined;
  #framing: Framing = 'none';
  #missing = 0;
  #inTrailer = false;
  /** Whether the line break that ends a chunk is still to come. */
  #afterChunk = false;
  #headBytes = 0;
  #interimAnswers = 0;
  #framingBytes = 0;
  readonly #body = new AnswerBody();
  /** Whether anything has arrived. */
  begun = false;
  /** Bytes that came after the answer: nobody asked for them, so the connection cannot be trusted further. */
  surplus = 0;

  /**
   * @param toHead Whether the request was a HEAD: the answer then has no body, whatever its headers say.
   * @param maxBodyBytes Limit of the body, in bytes. Default 1 MiB.
   */
  constructor(toHead: boolean, maxBodyBytes = SMALL_ANSWER_BYTES) {
    this.#toHead = toHead;
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Bytes of the body that have arrived. */
  get bodyBytes(): number {
    return this.#body.length;
  }

  /**
   * @param bytes Are copied where they are needed later on: the next ones may come in the same memory.
   * @throws HttpSyntaxError, AnswerTooLargeError
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
    return assignCopy(head, { body: this.#body.whole() });
  }

  /** Returns whether there may be more to read at once. */
  #readHead(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (this.#headBytes + (end < 0 ? this.#rest.length : end + 4) > MAX_HEAD_BYTES)
      throw new AnswerTooLargeError(`the head of the answer has more than ${MAX_HEAD_BYTES} bytes`);
    if (end < 0) return false;
    this.#headBytes += end + 4;
    const head = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + 4);
    const lineEnd = head.indexOf('\r\n');
    const statusLine = lineEnd < 0 ? head : head.slice(0, lineEnd);
    const [, minor, status] = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/.exec(statusLine) ?? [];
    if (status === undefined) throw new HttpSyntaxError('the answer does not begin as HTTP does');
    if (status.startsWith('1')) return this.#passInterim();
    const headers =
      lineEnd < 0 ? new Map<string, string>() : parseHeaders(head.slice(lineEnd + 2).split('\r\n'));
    this.#frame(Number(status), headers);
    const connection = headers.get('connection')?.toLowerCase() ?? (minor === '1' ? '' : 'close');
    this.#head = {
      status: Number(status),
      headers,
      keepsAlive: this.#framing !== 'until-close' && !connection.includes('close'),
    };
    return true;
  }

  #passInterim(): true {
    this.#interimAnswers += 1;
    if (this.#interimAnswers > MAX_INTERIM_ANSWERS)
      throw new AnswerTooLargeError(`more than ${MAX_INTERIM_ANSWERS} interim answers, and no final one`);
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
      if (this.#missing > this.#maxBodyBytes) throw this.#tooLong(`content-length: ${length}`);
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
    const bytes = end < 0 ? this.#rest.length : end + 2;
    if (this.#framingBytes + bytes > FREE_FRAMING_BYTES + FRAMING_SHARE * this.#body.length)
      throw new AnswerTooLargeError(
        'the answer comes in chunks that are too small, or have too much to them',
      );
    if (end < 0) return undefined;
    this.#framingBytes += bytes;
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
    if (this.#body.length + got.length > this.#maxBodyBytes) throw this.#tooLong('its body goes on');
    this.#body.add(got, this.#framing === 'length' ? this.#missing : 0);
  }

  #tooLong(text: string): AnswerTooLargeError {
    return new AnswerTooLargeError(
      `${text}, of ${this.#maxBodyBytes} bytes that the answer can have at most`,
    );
  }
}
