/** Longer than other files: one state machine, from the first byte of an answer to its last, with all of its bounds. */
import { assignCopy } from '../flow/assign-copy.ts';
import { AnswerBody } from './answer-body.ts';
import { parseHeaders } from './answer-headers.ts';
import { AnswerTooLargeError, HttpSyntaxError } from './http-error.ts';

/** A complete HTTP answer. */
export interface HttpAnswer {
  readonly status: number;
  /** Header values by lower-case name; of a repeated header the last value. */
  readonly headers: ReadonlyMap<string, string>;
  /** Empty if a receiver has taken it. */
  readonly body: Buffer;
  /** Bytes of the body, wherever they went. */
  readonly bodyBytes: number;
  /** Whether the connection may carry another request. */
  readonly keepsAlive: boolean;
}

/** Limit for all heads of one answer together, interim ones included. Node.js allows 16 KiB each; S3 sends about 1 KiB. */
const MAX_HEAD_BYTES = 64 * 1024;
/** Limit for interim answers (status 1xx) before the final one. RFC 9110 defines four kinds; S3 sends one of them, once. */
export const MAX_INTERIM_ANSWERS = 100;
/**
 * Default limit for an answer's body, in bytes. An error document has less than 1 KiB. One that repeats a long request, to
 * show which text was signed, has about 100 KiB.
 */
export const SMALL_ANSWER_BYTES = 1024 * 1024;
/**
 * Chunk sizes, chunk extensions and trailers together may take this many bytes plus an eighth of the body. That is enough for
 * 13,000 chunks of one byte, which a store sends to keep a connection alive, and for any number of chunks of 48 bytes.
 */
const FREE_FRAMING_BYTES = 64 * 1024;
const FRAMING_SHARE = 1 / 8;

const NONE: Buffer = Buffer.alloc(0);
const NUMBER = /^\d{1,15}$/;

type Head = Omit<HttpAnswer, 'body' | 'bodyBytes'>;

/** Takes the body of an answer piece by piece, in order, instead of the answer's own memory. */
export interface BodyReceiver {
  /**
   * @param piece Valid during the call only, unless it lies in memory that `memoryAt` returned: the next piece may come in the
   * same memory.
   * @param at Offset of the piece in the body, in bytes.
   * @returns what to wait for before the next bytes are read from the network; undefined if they can be taken at once. Bytes that
   * have arrived already are handed over meanwhile.
   */
  receive(piece: Buffer, at: number): Promise<void> | undefined;
  /**
   * Memory that the next bytes of the body may arrive in, which saves copying them. Default: the caller's memory.
   *
   * @param at Offset of these bytes in the body.
   */
  memoryAt?(at: number): Buffer | undefined;
}

/** Chooses a receiver by the head of the answer; undefined collects the body in memory. */
export type ChooseReceiver = (head: Pick<HttpAnswer, 'status' | 'headers'>) => BodyReceiver | undefined;

type Framing = 'none' | 'length' | 'chunked' | 'until-close';

/**
 * Parses one HTTP/1.1 answer from the pieces in which it arrives (https://www.rfc-editor.org/rfc/rfc9112). Skips interim
 * answers (100, 103). node:http and undici need two to four times the CPU of the socket itself: docs/performance.md.
 */
export class AnswerParser {
  readonly #toHead: boolean;
  readonly #maxBodyBytes: number;
  readonly #chooseReceiver: ChooseReceiver | undefined;
  #receiver: BodyReceiver | undefined;
  #received = 0;
  #rest = NONE;
  #head: Head | undefined;
  #framing: Framing = 'none';
  #missing = 0;
  #inTrailer = false;
  /** Whether the line break after a chunk's bytes has not been read yet. */
  #afterChunk = false;
  #headBytes = 0;
  #interimAnswers = 0;
  #framingBytes = 0;
  readonly #body = new AnswerBody();
  /** Whether any byte of the answer has arrived. */
  begun = false;
  /** What the receiver waits for; undefined if more bytes can be read. */
  hold: Promise<void> | undefined;
  /** Number of bytes received after the end of the answer. Above 0 the connection must not be used again. */
  surplus = 0;

  /**
   * @param toHead Whether the request was a HEAD: the answer then has no body, whatever its headers say.
   * @param maxBodyBytes Limit of the body, in bytes. Default 1 MiB.
   * @param chooseReceiver Called once, with the head of the final answer. Default: the body is collected in memory.
   */
  constructor(toHead: boolean, maxBodyBytes = SMALL_ANSWER_BYTES, chooseReceiver?: ChooseReceiver) {
    this.#toHead = toHead;
    this.#maxBodyBytes = maxBodyBytes;
    this.#chooseReceiver = chooseReceiver;
  }

  /** Number of body bytes that have arrived. */
  get bodyBytes(): number {
    return this.#received;
  }

  /** Memory that the next bytes may arrive in, if all of them belong to a receiver's body; undefined: any other memory. */
  get memory(): Buffer | undefined {
    if (this.#framing !== 'length' || this.#head === undefined || this.#missing === 0) return undefined;
    const memory = this.#receiver?.memoryAt?.(this.#received)?.subarray(0, this.#missing);
    return memory?.length === 0 ? undefined : memory;
  }

  /**
   * Takes bytes as they arrive.
   *
   * @param bytes The caller may reuse this memory afterwards: what is needed later is copied.
   * @returns the answer once it is complete, else undefined
   * @throws HttpSyntaxError, AnswerTooLargeError
   */
  push(bytes: Buffer): HttpAnswer | undefined {
    this.begun = true;
    this.hold = undefined;
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

  /**
   * Must be called when the other side has closed the connection.
   *
   * @returns the answer if its body ends with the connection; undefined if the answer is cut short
   */
  end(): HttpAnswer | undefined {
    return this.#head && this.#framing === 'until-close' ? this.#finish(this.#head) : undefined;
  }

  #finish(head: Head): HttpAnswer {
    this.surplus = this.#rest.length;
    return assignCopy(head, { body: this.#body.whole(), bodyBytes: this.#received });
  }

  /** Returns whether a whole head was read. */
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
    this.#receiver = this.#chooseReceiver?.(this.#head);
    return true;
  }

  #passInterim(): true {
    this.#interimAnswers += 1;
    if (this.#interimAnswers > MAX_INTERIM_ANSWERS)
      throw new AnswerTooLargeError(`more than ${MAX_INTERIM_ANSWERS} interim answers, and no final one`);
    return true;
  }

  /** Finds out where the body ends: https://www.rfc-editor.org/rfc/rfc9112#name-message-body-length */
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
    if (this.#framingBytes + bytes > FREE_FRAMING_BYTES + FRAMING_SHARE * this.#received)
      throw new AnswerTooLargeError(
        'the answer comes in chunks that are too small, or have too much to them',
      );
    if (end < 0) return undefined;
    this.#framingBytes += bytes;
    const line = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + 2);
    return line;
  }

  /** Moves the body bytes that have arrived to the body, at most as many as are missing. */
  #take(): void {
    const got = this.#rest.subarray(0, this.#missing);
    if (got.length === 0) return;
    this.#rest = this.#rest.subarray(got.length);
    this.#missing -= got.length;
    if (this.#received + got.length > this.#maxBodyBytes) throw this.#tooLong('its body goes on');
    if (this.#receiver) this.hold = this.#receiver.receive(got, this.#received);
    else this.#body.add(got, this.#framing === 'length' ? this.#missing : 0);
    this.#received += got.length;
  }

  #tooLong(text: string): AnswerTooLargeError {
    return new AnswerTooLargeError(
      `${text}, of ${this.#maxBodyBytes} bytes that the answer can have at most`,
    );
  }
}
