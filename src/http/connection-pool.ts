/** The room `http` sends HTTP/1.1 requests: connections, proxies, TLS, bandwidth, and time limits. */
import { AdaptiveTimeouts, type Timeouts } from './adaptive-timeouts.ts';
import type { HttpAnswer } from './answer-parser.ts';
import { Connection, type HttpRequest, type Route } from './connection.ts';
import { HttpError } from './http-error.ts';
import type { Network } from './network.ts';
import type { Origin } from './origin.ts';

const WATCH_MS = 1_000;

export interface PoolOptions {
  /** Maximum number of open connections. */
  readonly limit: number;
  /** An abort ends all requests, in flight or waiting, except those sent with `evenIfAborted`. */
  readonly signal?: AbortSignal | undefined;
  /** Time limits that replace the defaults: 10 s to connect, 60 s of silence, 300 s for a whole exchange. */
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** Proxies, trusted certificates and bandwidth limit. Default: no proxy, Node.js's certificates, no limit. */
  readonly network?: Network | undefined;
}

interface Waiting {
  readonly send: (connection: Connection) => void;
  readonly fail: (error: Error) => void;
  readonly evenIfAborted: boolean;
}

/** Sends requests to one origin over a bounded number of connections, and keeps the connections for later requests. */
export class ConnectionPool {
  readonly #route: Route;
  readonly #options: PoolOptions;
  readonly #timeouts: AdaptiveTimeouts;
  readonly #open = new Set<Connection>();
  readonly #free: Connection[] = [];
  #waiting: Waiting[] = [];
  #session: Buffer | undefined;
  #watch: NodeJS.Timeout | undefined;
  readonly #onAbort = () => this.#stop();

  constructor(origin: Origin, options: PoolOptions) {
    const { network } = options;
    const proxy = network?.proxies.for(origin);
    const trust = origin.secure || proxy?.origin.secure ? network?.trust : undefined;
    this.#route = { origin, proxy, trust, bandwidth: network?.bandwidth };
    this.#options = options;
    this.#timeouts = new AdaptiveTimeouts(options.timeouts);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Sends one request as soon as a connection is free.
   *
   * @param evenIfAborted Whether the request is sent and answered even if the pool's signal is aborted. Default false.
   * @throws HttpError `AbortError`, `TimeoutError` or `ECONNRESET`; HttpSyntaxError; or the system's error
   */
  request(request: HttpRequest, evenIfAborted = false): Promise<HttpAnswer> {
    if (this.#options.signal?.aborted && !evenIfAborted) return Promise.reject(aborted());
    const connection = this.#take();
    if (connection) return connection.send(request, evenIfAborted);
    return this.#wait(evenIfAborted).then((freed) => freed.send(request, evenIfAborted));
  }

  /**
   * Sends one request over a new connection, even if the pool is full. The caller learns whether a connection can be made.
   *
   * @throws HttpError `AbortError`, `TimeoutError` or `ECONNRESET`; HttpSyntaxError; or the system's error
   */
  requestOnNewConnection(request: HttpRequest): Promise<HttpAnswer> {
    if (this.#options.signal?.aborted) return Promise.reject(aborted());
    return this.#connect().send(request);
  }

  /** Closes the connections that carry no request. */
  closeIdle(): void {
    for (const connection of this.#free.splice(0)) connection.destroy();
  }

  /** Takes the connection that was used last, so that the server closes those that are not needed any more. */
  #take(): Connection | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    return this.#open.size < this.#options.limit ? this.#connect() : undefined;
  }

  #wait(evenIfAborted: boolean): Promise<Connection> {
    return new Promise((send, fail) => this.#waiting.push({ send, fail, evenIfAborted }));
  }

  #connect(): Connection {
    const route = { ...this.#route, session: this.#session };
    const events = {
      onFree: (free: Connection) => this.#hand(free),
      onClosed: (closed: Connection) => this.#forget(closed),
      onSession: (session: Buffer) => {
        this.#session = session;
      },
    };
    const connection = new Connection(route, events, this.#timeouts);
    this.#open.add(connection);
    this.#watch ??= setInterval(() => this.#checkDeadlines(), WATCH_MS).unref();
    return connection;
  }

  #hand(connection: Connection): void {
    const next = this.#waiting.shift();
    if (next) next.send(connection);
    else this.#free.push(connection);
  }

  #forget(connection: Connection): void {
    this.#open.delete(connection);
    const index = this.#free.indexOf(connection);
    if (index >= 0) this.#free.splice(index, 1);
    if (this.#waiting.length > 0) this.#hand(this.#connect());
  }

  #checkDeadlines(): void {
    const now = performance.now();
    for (const connection of this.#open) connection.checkDeadline(now);
  }

  #stop(): void {
    const stopped = this.#waiting.filter(({ evenIfAborted }) => !evenIfAborted);
    this.#waiting = this.#waiting.filter(({ evenIfAborted }) => evenIfAborted);
    for (const { fail } of stopped) fail(aborted());
    for (const connection of this.#open) connection.stop(aborted());
  }

  /** Closes every connection and rejects the requests that wait. */
  close(): void {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    clearInterval(this.#watch);
    for (const { fail } of this.#waiting.splice(0)) fail(aborted());
    for (const connection of this.#open) connection.destroy(aborted());
  }
}

function aborted(): HttpError {
  return new HttpError('AbortError', 'the request was aborted');
}
