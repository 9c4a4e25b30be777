/** How soon a limit that has changed, and what idle processes have left, is divided anew. Milliseconds. */
const AGAIN_MS = 1_000;

/** One of those that share a limit. */
export interface Sharer {
  /** Files that it has in work. */
  readonly load: number;
  limitTo(bytesPerSecond: number): void;
}

/** Divides a limit evenly among the processes that have work. */
export class LimitShares {
  readonly #limit: () => number;
  readonly #sharers: ReadonlySet<Sharer>;
  readonly #timer: NodeJS.Timeout;

  /** @param limit Bytes a second, for all. */
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
