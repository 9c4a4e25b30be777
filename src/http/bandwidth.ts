/** A monotonic clock and its timer, both in milliseconds. */
export interface Clock {
  readonly now: () => number;
  readonly after: (ms: number, call: () => void) => void;
}

const MACHINE: Clock = { now: () => performance.now(), after: (ms, call) => void setTimeout(call, ms) };

/** Pieces given out each second, in turns. At this rate each of 512 connections gets one within half a minute. */
const PIECES_PER_SECOND = 20;
const MIN_PIECE_BYTES = 1024;
/**
 * Time without traffic that may be caught up, such as that of a late timer. A longer rest is not caught up, since the limit
 * would then not hold after it.
 */
const MAX_CATCH_UP_MS = 100;
/** Lower limits are raised to this one, since with them no request would ever end. */
const MIN_BYTES_PER_SECOND = 1024;

interface Waiting {
  readonly maximum: number;
  readonly give: (bytes: number) => void;
}

/**
 * One limit for the bytes of all connections, sent and received. Callers that wait are served in turns. In any span of time
 * the bytes that pass are at most those that the limit allows for that span plus 150 ms.
 */
export class Bandwidth {
  #limit: () => number;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  /** Clock time from which more bytes may pass, in milliseconds. */
  #freeAt: number;
  #isTimed = false;

  /**
   * @param limit Bytes per second, or a function that returns them and is called for every piece. `Infinity` is no limit.
   * @param clock For tests. Default: the clock of this machine.
   */
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

  /**
   * Waits for its turn.
   *
   * @param maximum Number of bytes that the caller wants to send.
   * @returns how many of them may be sent now, at least one
   */
  take(maximum: number): Promise<number> {
    return new Promise((give) => {
      this.#waiting.push({ maximum, give });
      if (!this.#isTimed) this.#serve();
    });
  }

  /**
   * Resolves once a number of bytes that was already read fits into the limit. This slows the reader down.
   *
   * @param onPassed Called with the number of bytes whenever some of them fit. Default: nobody is told.
   */
  async delayRead(bytes: number, onPassed?: (bytes: number) => void): Promise<void> {
    for (let left = bytes; left > 0; ) {
      const passed = await this.take(left);
      onPassed?.(passed);
      left -= passed;
    }
  }

  /** Removes the limit, so that a request that was given up but still waits here does not keep the process alive. */
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
