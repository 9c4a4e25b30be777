import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AnswerParser, type HttpAnswer } from './answer-parser.ts';
import { Patience } from './patience.ts';

/** Where requests go: scheme, host and port. */
export interface Origin {
  readonly secure: boolean;
  /** Without brackets where it is an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Request line and headers, ending with an empty line. ASCII. */
  readonly head: string;
  readonly body?: Uint8Array | undefined;
}

/** A request that got no answer. `code` is the system's, or `TimeoutError`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: string;
  /** Whether a connection that had waited was closed under the request's hands: it can be sent again at once. */
  readonly stale: boolean;

  constructor(code: string, message: string, stale = false) {
    super(message);
    this.code = code;
    this.stale = stale;
  }
}

/** Written at once at most: TLS encrypts a whole write in memory of its own before it sends any of it. */
const SLICE_BYTES = 1024 * 1024;

/** A timer that ends no later than so much after the one before it ran without a pause: nothing has moved meanwhile. */
const PUNCTUAL = 1.1;

interface Exchange {
  readonly parser: AnswerParser;
  readonly body: Uint8Array | undefined;
  readonly anyway: boolean;
  readonly began: number;
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
  written: boolean;
}

export interface ConnectionEvents {
  /** It can carry the next request. */
  readonly onFree: (connection: Connection) => void;
  readonly onClosed: (connection: Connection) => void;
  readonly onSession: (session: Buffer) => void;
}

/** One connection, for one request at a time. */
export class Connection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #patience: Patience;
  #exchange: Exchange | undefined;
  #isOpen = false;
  #hasServed = false;
  #failure: Error | undefined;
  /** How long nothing has moved, and when that was found. */
  #silentMs = 0;
  #silentUntil = Number.NEGATIVE_INFINITY;

  /** @param session Of an earlier TLS connection to the same origin, to be resumed. */
  constructor(
    origin: Origin,
    session: Buffer | undefined,
    events: ConnectionEvents,
    patience = new Patience(),
  ) {
    this.#events = events;
    this.#patience = patience;
    this.#socket = open(origin, session, (bytes) => this.#onData(bytes));
    this.#socket.setTimeout(patience.connectMs);
    this.#socket.on(origin.secure ? 'secureConnect' : 'connect', () => {
      this.#isOpen = true;
      this.#socket.setTimeout(patience.silenceMs);
    });
    this.#socket.on('session', events.onSession);
    this.#socket.on('timeout', () => this.#onSilence());
    this.#socket.on('end', () => this.#onEnd());
    this.#socket.on('error', (error) => {
      this.#failure = error;
    });
    this.#socket.on('close', () => this.#onClose());
  }

  /**
   * @param anyway Whether `stop` leaves it alone.
   * @throws HttpError, or the system's error
   */
  send(request: HttpRequest, anyway = false): Promise<HttpAnswer> {
    const { method, head, body } = request;
    this.#socket.ref();
    return new Promise((resolve, reject) => {
      const exchange: Exchange = {
        parser: new AnswerParser(method === 'HEAD'),
        body,
        anyway,
        began: Date.now(),
        resolve,
        reject,
        written: false,
      };
      this.#exchange = exchange;
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#writeFrom(0, exchange);
      this.#socket.uncork();
    });
  }

  #writeFrom(start: number, exchange: Exchange): void {
    const { body } = exchange;
    if (body === undefined || start >= body.length) {
      exchange.written = true;
      return;
    }
    const slice = body.length <= SLICE_BYTES ? body : body.subarray(start, start + SLICE_BYTES);
    this.#socket.write(slice, (error) => {
      if (!error && exchange === this.#exchange) this.#writeFrom(start + slice.length, exchange);
    });
  }

  /** Ends a request that takes too long as a whole, although something moves now and then. */
  checkDeadline(now: number): void {
    if (this.#exchange === undefined) return;
    const { began, body } = this.#exchange;
    if (now > began + this.#patience.wholeMs(body?.length ?? 0)) {
      this.destroy(new HttpError('TimeoutError', 'the request took too long'));
    }
  }

  /** Ends the request that it carries, unless that goes on anyway. */
  stop(error: Error): void {
    if (this.#exchange && !this.#exchange.anyway) this.destroy(error);
  }

  destroy(error?: Error): void {
    if (error) this.#failure ??= error;
    this.#socket.destroy();
  }

  #onSilence(): void {
    const { connectMs, silenceMs } = this.#patience;
    if (!this.#isOpen) {
      this.destroy(new HttpError('TimeoutError', `no connection after ${connectMs / 1000} s`));
      return;
    }
    const now = performance.now();
    const wentOn = now - this.#silentUntil < silenceMs * PUNCTUAL;
    this.#silentMs = silenceMs + (wentOn ? this.#silentMs : 0);
    this.#silentUntil = now;
    if (this.#silentMs < this.#patience.longestSilenceMs(this.#exchange?.body?.length ?? 0)) {
      this.#socket.setTimeout(silenceMs);
      return;
    }
    this.destroy(new HttpError('TimeoutError', `nothing moved for ${this.#silentMs / 1000} s`));
  }

  #onData(bytes: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      this.destroy();
      return;
    }
    try {
      const answer = exchange.parser.push(bytes);
      if (answer) this.#finish(exchange, answer);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  #onEnd(): void {
    const answer = this.#exchange?.parser.end();
    if (this.#exchange && answer) this.#finish(this.#exchange, answer);
    else this.destroy();
  }

  /** An answer that overtakes the body is a refusal: the rest is not sent, and the connection is of no more use. */
  #finish(exchange: Exchange, answer: HttpAnswer): void {
    const { resolve, parser, written, body, began } = exchange;
    this.#exchange = undefined;
    this.#silentMs = 0;
    this.#hasServed = true;
    if (body) this.#patience.onAnswer(body.length, Date.now() - began);
    if (answer.keepsAlive && written && parser.surplus === 0) {
      this.#socket.unref();
      this.#events.onFree(this);
    } else this.#socket.destroy();
    resolve(answer);
  }

  #onClose(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#events.onClosed(this);
    if (exchange === undefined) return;
    const isStale = this.#hasServed && !exchange.parser.begun && !isOurs(this.#failure);
    if (isStale) exchange.reject(new HttpError('ECONNRESET', 'the connection was closed', true));
    else exchange.reject(this.#failure ?? new HttpError('ECONNRESET', 'the connection was closed'));
  }
}

function isOurs(failure: Error | undefined): boolean {
  return failure instanceof HttpError;
}

/** What plain sockets read into: each is done with it before the next one reads. */
const incoming = Buffer.allocUnsafeSlow(64 * 1024);

function open(
  { secure, host, port }: Origin,
  session: Buffer | undefined,
  onData: (bytes: Buffer) => void,
): Socket {
  if (!secure) {
    // Without a stream and memory of its own for every answer, which take 2 µs and the garbage collector's time.
    const callback = (length: number) => {
      onData(incoming.subarray(0, length));
      return true;
    };
    return connectPlain({ host, port, noDelay: true, onread: { buffer: incoming, callback } });
  }
  const socket = connectTls({
    host,
    port,
    ALPNProtocols: ['http/1.1'],
    ...(isIP(host) === 0 && { servername: host }),
    ...(session && { session }),
  });
  socket.on('data', onData);
  return socket.setNoDelay(true);
}
