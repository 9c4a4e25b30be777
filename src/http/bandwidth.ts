/** A clock that only goes forward, and a way to wait for it. Both in milliseconds. */
export interface Clock {
  readonly now: () => number;
  readonly after: (ms: number, call: () => void) => void;
}

const MACHINE: Clock = { now: () => performance.now(), after: (ms, call) => void setTimeout(call, ms) };

/** So many pieces a second are given out, in turns: 512 connections then each get one within half a minute. */
const PIECES_PER_SECOND = 20;
const MIN_PIECE_BYTES = 1024;
/** What a late timer or a busy moment has cost is made up for; a longer rest is not, or the limit would not hold after it. */
const MAX_CATCH_UP_MS = 100;
/** Below it nothing would ever end. */
const MIN_BYTES_PER_SECOND = 1024;

interface Waiting {
  readonly maximum: number;
  readonly give: (bytes: number) => void;
}

/**
 * One limit for the bytes of all connections, both ways. It says how many may pass now; those who wait are served in turns.
 * In any span of time no more pass than the limit allows, and what it allows in 150 ms.
 */
export class Bandwidth {
  #limit: () => number;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  /** When what was given has had its time. */
  #freeAt: number;
  #isTimed = false;

  /** @param limit Bytes a second, asked for every piece; `Infinity` is no limit. */
  constructor(limit: number | (() => number), clock = MACHINE) {
    this.#limit = typeof limit === 'number' ? () => limit : limit;
    this.#clock = clock;
    this.#freeAt = clock.now();
  }

  /** Whether there is a limit at this moment. */
  get isLimited(): boolean {
    return this.#perSecond < Number.POSITIVE_INFINITY;
  }

  get #perSecond(): number {
    return Math.max(MIN_BYTES_PER_SECOND, this.#limit());
  }

  /** Waits for its turn. @returns how many of `maximum` bytes may pass now, at least one */
  take(maximum: number): Promise<number> {
    return new Promise((give) => {
      this.#waiting.push({ maximum, give });
      if (!this.#isTimed) this.#serve();
    });
  }

  /** Resolves when `bytes` that were read fit into the limit, which slows the reader down. */
  async delayRead(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; ) left -= await this.take(left);
  }

  /** Whoever still waits need not: a request that was given up is left in the queue, and must not keep the process. */
  close(): void {
    this.#limit = () => Number.POSITIVE_INFINITY;
    this.#freeAt = Number.NEGATIVE_INFINITY;
    this.#serve();
  }

  #serve(): void {
    this.#isTimed = false;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const perSecond = this.#perSecond;
      const now = this.#clock.now();
      if (now - this.#freeAt > MAX_CATCH_UP_MS) this.#freeAt = now;
      if (this.#freeAt > now) {
        this.#isTimed = true;
        this.#clock.after(this.#freeAt - now, () => this.#serve());
        return;
      }
      const piece = Math.max(MIN_PIECE_BYTES, Math.ceil(perSecond / PIECES_PER_SECOND));
      const bytes = Math.min(next.maximum, piece);
      this.#freeAt += (bytes / perSecond) * 1000;
      this.#waiting.shift();
      next.give(bytes);
    }
  }
}
