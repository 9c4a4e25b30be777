/**
 * Longer than other files: one request's way over one socket, with its timers, its writes in slices and the reuse of the
 * connection. These share the state of one exchange; a split would pass that state back and forth.
 */
import type { Socket } from 'node:net';
import { AdaptiveTimeouts } from './adaptive-timeouts.ts';
import { AnswerParser, type ChooseReceiver, type HttpAnswer } from './answer-parser.ts';
import type { Bandwidth } from './bandwidth.ts';
import { HttpError } from './http-error.ts';
import { openSocket, type TlsOptions, tlsOver } from './open-socket.ts';
import type { Origin } from './origin.ts';
import { forwardedHead, type HttpProxy } from './proxy.ts';
import { openTunnel } from './tunnel.ts';

/** The way to an origin: through a proxy or not, with which TLS settings and which bandwidth limit. */
export interface Route extends TlsOptions {
  readonly origin: Origin;
  readonly proxy?: HttpProxy | undefined;
  readonly bandwidth?: Bandwidth | undefined;
}

/** A request whose head is already written out. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Request line and headers in ASCII, ending with an empty line. */
  readonly head: string;
  readonly body?: Uint8Array | undefined;
  /** Called while the body is sent, with the number of bytes since the last call. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  /** Limit for the answer's body, in bytes. Default 1 MiB. */
  readonly maxAnswerBytes?: number | undefined;
  /** Chooses who takes the body, by the head of the answer. Default: the body is collected in memory. */
  readonly chooseReceiver?: ChooseReceiver | undefined;
  /** Whether the whole exchange has a deadline; if not, only a silence ends it. Default true. */
  readonly hasDeadline?: boolean | undefined;
}

/** Maximum size of one write. TLS encrypts a whole write in memory of its own before it sends any of it. */
const SLICE_BYTES = 1024 * 1024;

/**
 * Two silence timeouts in a row are one continuous silence if the time between them is less than this multiple of the limit. If
 * it is more, bytes have moved in between.
 */
const TIMER_TOLERANCE = 1.1;

interface Exchange {
  readonly parser: AnswerParser;
  readonly head: string;
  readonly body: Uint8Array | undefined;
  readonly onSent: HttpRequest['onSent'];
  /** Bytes of the body that `onSent` was told of. */
  toldBytes: number;
  readonly evenIfAborted: boolean;
  readonly hasDeadline: boolean;
  /**
   * Start of the exchange, as `performance.now()` gives it. Is moved forward by the time spent waiting for the bandwidth
   * limit, since the other side did not cause that.
   */
  began: number;
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
  /** Whether the whole body was handed to the socket. */
  given: boolean;
  /** Whether the socket has sent the whole body. */
  written: boolean;
}

/** Callbacks of a connection to its owner. */
export interface ConnectionEvents {
  /** Called when the connection can carry the next request. */
  readonly onFree: (connection: Connection) => void;
  /** Called once, when the connection is closed. */
  readonly onClosed: (connection: Connection) => void;
  /** Called with a TLS session that a later connection can resume. */
  readonly onSession: (session: Buffer) => void;
}

/** One connection, which carries one request at a time. */
export class Connection {
  readonly #route: Route;
  readonly #events: ConnectionEvents;
  readonly #timeouts: AdaptiveTimeouts;
  /** With a tunnel: first the socket to the proxy, then the TLS socket through it. */
  #socket: Socket;
  /** Whether bytes written to the socket reach the origin. False while a tunnel is being opened. */
  #reachesOrigin = false;
  #exchange: Exchange | undefined;
  /**
   * An exchange that is answered, but whose body the socket has not yet reported as sent. Over TLS that report can come after
   * the answer.
   */
  #answered: Exchange | undefined;
  #isOpen = false;
  #hasServed = false;
  #failure: Error | undefined;
  /** Whether no more bytes are read, since the receiver waits. */
  #isHeld = false;
  /** Length of the current silence. */
  #silentMs = 0;
  /** When the current silence was last measured. */
  #silentUntil = Number.NEGATIVE_INFINITY;

  constructor(route: Route, events: ConnectionEvents, timeouts = new AdaptiveTimeouts()) {
    const { origin, proxy, trust } = route;
    this.#route = route;
    this.#events = events;
    this.#timeouts = timeouts;
    const onData = (bytes: Buffer) => this.#onData(bytes);
    if (proxy && origin.secure) {
      this.#socket = openTunnel(proxy, origin, { trust }, (tunnel) => {
        tunnel.setTimeout(0);
        this.#socket = tlsOver(tunnel, origin.host, route).on('data', onData);
        this.#use('secureConnect');
      });
      this.#watch();
    } else {
      const next = proxy?.origin ?? origin;
      this.#socket = openSocket(next, route, { onData, memory: () => this.#exchange?.parser.memory });
      this.#use(next.secure ? 'secureConnect' : 'connect');
    }
  }

  #use(opening: 'connect' | 'secureConnect'): void {
    const socket = this.#watch();
    socket.once(opening, () => {
      this.#isOpen = true;
      socket.setTimeout(this.#timeouts.silenceMs);
    });
    socket.on('session', this.#events.onSession);
    socket.on('end', () => this.#onEnd());
    this.#reachesOrigin = true;
    if (this.#exchange) this.#begin(this.#exchange);
  }

  #watch(): Socket {
    const socket = this.#socket;
    socket.setTimeout(this.#timeouts.connectMs);
    socket.on('timeout', () => this.#onSilence());
    socket.on('error', (error) => {
      this.#failure = error;
      // After the handshake Node.js reports a damaged TLS record, but leaves the socket open.
      socket.destroy();
    });
    // With a tunnel both sockets are closed. Only the one that is in use ends the connection.
    socket.on('close', () => {
      if (socket === this.#socket) this.#onClose();
    });
    return socket;
  }

  /**
   * Sends one request. Must not be called before the last one is answered and `onFree` was called.
   *
   * @param evenIfAborted Whether `stop` lets this request continue. Default false.
   * @throws HttpError `TimeoutError` or `ECONNRESET`; HttpSyntaxError; or the system's error
   */
  send(request: HttpRequest, evenIfAborted = false): Promise<HttpAnswer> {
    const { method, head, body, onSent, maxAnswerBytes, chooseReceiver, hasDeadline = true } = request;
    const { origin, proxy } = this.#route;
    this.#socket.ref();
    return new Promise((resolve, reject) => {
      const exchange: Exchange = {
        parser: new AnswerParser(method === 'HEAD', maxAnswerBytes, chooseReceiver),
        head: proxy && !origin.secure ? forwardedHead(head, origin, proxy) : head,
        body,
        onSent,
        toldBytes: 0,
        evenIfAborted,
        hasDeadline,
        began: performance.now(),
        resolve,
        reject,
        given: false,
        written: false,
      };
      this.#exchange = exchange;
      if (this.#reachesOrigin) this.#begin(exchange);
    });
  }

  #begin(exchange: Exchange): void {
    this.#socket.cork();
    this.#socket.write(exchange.head, 'latin1');
    this.#writeFrom(0, exchange);
    this.#socket.uncork();
  }

  #writeFrom(start: number, exchange: Exchange): void {
    const { body } = exchange;
    if (body === undefined || start >= body.length) {
      exchange.written = true;
      if (exchange === this.#answered) this.#becomeFree();
      return;
    }
    if (this.#route.bandwidth?.isLimited) {
      this.#writeInTurn(this.#route.bandwidth, body, start, exchange);
    } else {
      const slice = body.length <= SLICE_BYTES ? body : body.subarray(start, start + SLICE_BYTES);
      this.#writeSlice(slice, start, exchange);
    }
  }

  /** Writes as much as the bandwidth limit allows. The wait does not count towards the deadline. */
  async #writeInTurn(
    bandwidth: Bandwidth,
    body: Uint8Array,
    start: number,
    exchange: Exchange,
  ): Promise<void> {
    const asked = performance.now();
    const length = await bandwidth.take(Math.min(body.length - start, SLICE_BYTES));
    exchange.began += performance.now() - asked;
    if (exchange === this.#exchange) this.#writeSlice(body.subarray(start, start + length), start, exchange);
  }

  #writeSlice(slice: Uint8Array, start: number, exchange: Exchange): void {
    const end = start + slice.length;
    exchange.given = end >= (exchange.body?.length ?? 0);
    this.#socket.write(slice, (error) => {
      const isInHand = exchange === this.#exchange || exchange === this.#answered;
      if (error || !isInHand) return;
      tellSent(exchange, end);
      this.#writeFrom(end, exchange);
    });
  }

  /** Ends a request that takes too long as a whole, even if bytes move now and then. @param now From `performance.now()`. */
  checkDeadline(now: number): void {
    if (!this.#exchange?.hasDeadline || this.#isHeld) return;
    const { began, body, parser } = this.#exchange;
    if (now > began + this.#timeouts.wholeMs((body?.length ?? 0) + parser.bodyBytes)) {
      this.destroy(new HttpError('TimeoutError', 'the request took too long'));
    }
  }

  /** Ends the request in flight, unless it was sent with `evenIfAborted`. */
  stop(error: Error): void {
    if (this.#exchange && !this.#exchange.evenIfAborted) this.destroy(error);
  }

  /** Closes the connection. @param error What a request in flight is rejected with. */
  destroy(error?: Error): void {
    if (error) this.#failure ??= error;
    this.#socket.destroy();
  }

  #onSilence(): void {
    const { connectMs, silenceMs } = this.#timeouts;
    if (!this.#isOpen) {
      this.destroy(new HttpError('TimeoutError', `no connection after ${connectMs / 1000} s`));
      return;
    }
    if (this.#isHeld) return;
    const now = performance.now();
    const wentOn = now - this.#silentUntil < silenceMs * TIMER_TOLERANCE;
    this.#silentMs = silenceMs + (wentOn ? this.#silentMs : 0);
    this.#silentUntil = now;
    if (this.#silentMs < this.#timeouts.longestSilenceMs(this.#exchange?.body?.length ?? 0)) {
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
      else if (exchange.parser.hold) this.#holdUntil(exchange.parser.hold, exchange);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  /** Stops reading until the receiver can take more. The other side is not to blame for this time. */
  async #holdUntil(isReady: Promise<void>, exchange: Exchange): Promise<void> {
    if (this.#isHeld) return;
    const began = performance.now();
    this.#isHeld = true;
    this.#socket.pause();
    await isReady;
    this.#isHeld = false;
    if (exchange !== this.#exchange) return;
    exchange.began += performance.now() - began;
    this.#socket.setTimeout(this.#timeouts.silenceMs);
    this.#socket.resume();
  }

  #onEnd(): void {
    const answer = this.#exchange?.parser.end();
    if (this.#exchange && answer) this.#finish(this.#exchange, answer);
    else this.destroy();
  }

  /** Hands over the answer. If a refusal arrives before the whole body is sent, the connection cannot be used again. */
  #finish(exchange: Exchange, answer: HttpAnswer): void {
    const { resolve, parser, given, written, body, began } = exchange;
    this.#exchange = undefined;
    this.#silentMs = 0;
    this.#hasServed = true;
    if (body) this.#timeouts.onAnswer(body.length, performance.now() - began);
    // Over TLS the socket reports the last bytes after the answer.
    if (body && answer.status < 300) tellSent(exchange, body.length);
    const isReusable = answer.keepsAlive && parser.surplus === 0;
    if (isReusable && written) this.#becomeFree();
    else if (isReusable && given && answer.status < 300) this.#answered = exchange;
    else this.#socket.destroy();
    resolve(answer);
  }

  #becomeFree(): void {
    this.#answered = undefined;
    this.#socket.unref();
    this.#events.onFree(this);
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

/** @param end Number of bytes of the body that are sent. */
function tellSent(exchange: Exchange, end: number): void {
  if (exchange.onSent === undefined || end <= exchange.toldBytes) return;
  exchange.onSent(end - exchange.toldBytes);
  exchange.toldBytes = end;
}

function isOurs(failure: Error | undefined): boolean {
  return failure instanceof HttpError;
}
