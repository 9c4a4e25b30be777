import type { Socket } from 'node:net';
import type { Answer } from './answers.ts';
import { type ByteTaker, Chunked } from './chunked.ts';
import { Content, type Md5Memory } from './md5-memory.ts';
import { parseRequest, type Request } from './request.ts';
import type { Service } from './service.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING: Buffer = Buffer.alloc(0);

export interface Surroundings {
  readonly memory: Md5Memory;
  readonly service: Service;
  /** Whether objects keep their contents. */
  readonly keepsContents: boolean;
  /** Every answer waits so long after its request was read. */
  readonly latencyMs: number;
}

/** The body of a request of XML. */
class Collected implements ByteTaker {
  text = '';

  write(buffer: Buffer, start: number, end: number): void {
    this.text += buffer.toString('latin1', start, end);
  }
}

/**
 * One connection: HTTP/1.1 by hand, since node:http costs more than the requests that are measured. Requests are taken
 * one after the other and answered in their order, so pipelining works.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #around: Surroundings;
  /** What has arrived of the next head. */
  #rest = NOTHING;
  #request: Request | undefined;
  /** Bytes that are missing of the body. */
  #left = 0;
  /** The body's end, where it has no length. */
  #chunks: Chunked | undefined;
  #body: ByteTaker | undefined;
  #content: Content | undefined;
  #collected: Collected | undefined;

  constructor(socket: Socket, around: Surroundings) {
    this.#socket = socket;
    this.#around = around;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // A client that goes away takes its requests with it.
    socket.on('error', () => socket.destroy());
  }

  #read(arrived: Buffer): void {
    const chunk = this.#rest.length === 0 ? arrived : Buffer.concat([this.#rest, arrived]);
    this.#rest = NOTHING;
    for (let at = 0; ; ) {
      if (this.#request === undefined) {
        const headEnd = chunk.indexOf(HEAD_END, at);
        if (headEnd < 0) {
          this.#rest = chunk.subarray(at);
          return;
        }
        const request = parseRequest(chunk.toString('latin1', at, headEnd));
        this.#begin(request);
        at = headEnd + HEAD_END.length;
        if (request.expectsContinue && at === chunk.length) this.#write('HTTP/1.1 100 Continue\r\n\r\n');
      }
      at = this.#take(chunk, at);
      if (this.#chunks === undefined ? this.#left > 0 : !this.#chunks.isEnded) return;
      this.#answer();
    }
  }

  #begin(request: Request): void {
    this.#request = request;
    this.#left = request.contentLength;
    const isContent = request.method === 'PUT';
    const { memory, keepsContents } = this.#around;
    this.#content = isContent ? new Content(memory, request.decodedLength, keepsContents) : undefined;
    this.#collected = isContent ? undefined : new Collected();
    const taker: ByteTaker = this.#content ?? (this.#collected as Collected);
    this.#body = request.isAwsChunked ? new Chunked(taker) : taker;
    this.#chunks = request.isChunked ? new Chunked(this.#body) : undefined;
  }

  /** Gives what arrived to the body. @returns the index behind what belongs to it */
  #take(chunk: Buffer, at: number): number {
    if (this.#chunks !== undefined) return this.#chunks.write(chunk, at, chunk.length);
    const end = Math.min(chunk.length, at + this.#left);
    if (end > at) this.#body?.write(chunk, at, end);
    this.#left -= end - at;
    return end;
  }

  #answer(): void {
    const request = this.#request;
    this.#request = undefined;
    if (request === undefined) return;
    const { service } = this.#around;
    const answer = service.answer(request, {
      md5: this.#content?.md5(),
      content: this.#content?.kept,
      text: this.#collected?.text ?? '',
    });
    if (answer === undefined) return;
    this.#write(answer);
    if (request.closes) this.#end();
  }

  /** Timers of one length fire in their order, so that answers keep theirs. */
  #write(answer: Answer): void {
    const { latencyMs } = this.#around;
    if (latencyMs === 0) this.#send(answer);
    else setTimeout(() => this.#send(answer), latencyMs);
  }

  #send(answer: Answer): void {
    if (typeof answer === 'string') {
      this.#socket.write(answer, 'latin1');
      return;
    }
    // One system call for all pieces, which are not copied.
    this.#socket.cork();
    this.#socket.write(answer.head, 'latin1');
    for (const piece of answer.body) this.#socket.write(piece);
    this.#socket.uncork();
  }

  #end(): void {
    const { latencyMs } = this.#around;
    if (latencyMs === 0) this.#socket.end();
    else setTimeout(() => this.#socket.end(), latencyMs);
  }
}
