/** Interval at which the limit is divided again: it may have changed, and processes may have become idle. Milliseconds. */
const AGAIN_MS = 1_000;

/** A process that gets a share of the limit. */
export interface Sharer {
  /** Number of files in work. A process without any gets no share. */
  readonly load: number;
  limitTo(bytesPerSecond: number): void;
}

/** Divides a limit evenly among the processes that have work. */
export class LimitShares {
  readonly #limit: () => number;
  readonly #sharers: ReadonlySet<Sharer>;
  readonly #timer: NodeJS.Timeout;

  /** @param limit Bytes per second for all processes together. */
  constructor(limit: number | (() => number), sharers: ReadonlySet<Sharer>) {
    this.#limit = typeof limit === 'number' ? () => limit : limit;
    this.#sharers = sharers;
    this.#timer = setInterval(() => this.divide(), AGAIN_MS).unref();
  }

  divide(): void {
    const busy = [...this.#sharers].filter(({ load }) => load > 0);
    const share = this.#limit() / busy.length;
    for (const sharer of busy) sharer.limitTo(share);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
