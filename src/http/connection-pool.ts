import type { HttpAnswer } from './answer-parser.ts';
import { Connection, HttpError, type HttpRequest, type Route } from './connection.ts';
import type { Network } from './network.ts';
import type { Origin } from './origin.ts';

const WATCH_MS = 1_000;

export interface PoolOptions {
  /** Connections at once. */
  readonly limit: number;
  /** Its abort ends requests in flight and those that wait, but for those that are sent `anyway`. */
  readonly signal?: AbortSignal | undefined;
  /** Default: straight there, without a limit. */
  readonly network?: Network | undefined;
}

interface Waiting {
  readonly send: (connection: Connection) => void;
  readonly fail: (error: Error) => void;
  readonly anyway: boolean;
}

/** Connections to one origin, kept for the next request. */
export class ConnectionPool {
  readonly #route: Route;
  readonly #options: PoolOptions;
  readonly #open = new Set<Connection>();
  readonly #free: Connection[] = [];
  #waiting: Waiting[] = [];
  #session: Buffer | undefined;
  #watch: NodeJS.Timeout | undefined;
  readonly #onAbort = () => this.#stop();

  constructor(origin: Origin, options: PoolOptions) {
    const { proxies, trust, bandwidth } = options.network ?? {};
    this.#route = { origin, proxy: proxies?.for(origin), trust, bandwidth };
    this.#options = options;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Sends one request as soon as a connection is free.
   *
   * @param anyway Whether it goes on although the signal is aborted.
   * @throws HttpError `AbortError`, `TimeoutError` or `ECONNRESET`; HttpSyntaxError; or the system's error
   */
  request(request: HttpRequest, anyway = false): Promise<HttpAnswer> {
    if (this.#options.signal?.aborted && !anyway) return Promise.reject(aborted());
    const connection = this.#take();
    if (connection) return connection.send(request, anyway);
    return this.#wait(anyway).then((freed) => freed.send(request, anyway));
  }

  /** The one that was used last: those that are not needed any more grow old and are closed. */
  #take(): Connection | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    return this.#open.size < this.#options.limit ? this.#connect() : undefined;
  }

  #wait(anyway: boolean): Promise<Connection> {
    return new Promise((send, fail) => this.#waiting.push({ send, fail, anyway }));
  }

  #connect(): Connection {
    const route = { ...this.#route, session: this.#session };
    const connection = new Connection(route, {
      onFree: (free) => this.#hand(free),
      onClosed: (closed) => this.#forget(closed),
      onSession: (session) => {
        this.#session = session;
      },
    });
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
    const now = Date.now();
    for (const connection of this.#open) connection.checkDeadline(now);
  }

  #stop(): void {
    const stopped = this.#waiting.filter(({ anyway }) => !anyway);
    this.#waiting = this.#waiting.filter(({ anyway }) => anyway);
    for (const { fail } of stopped) fail(aborted());
    for (const connection of this.#open) connection.stop(aborted());
  }

  /** Closes every connection. */
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
