/**
 * Difference, in milliseconds, from which a clock counts as wrong and not merely imprecise. S3 refuses requests at 15
 * minutes.
 */
export const SKEW_MS = 300_000;
/**
 * Tolerance in milliseconds: `Date` has whole seconds, and an answer takes time, so a clock that differs by less may be
 * right.
 */
const TOLERANCE_MS = 2_000;
/**
 * Difference, in milliseconds, that our clock and the monotonic clock do not reach by drift. If they do, our clock was
 * set, or the machine has slept.
 */
const STEP_MS = 5_000;

/** The store's clock, estimated from the `Date` header of its listings. "Ours" is the clock of this machine. */
export class StoreClock {
  /** Upper bound of how far the store's clock is ahead of ours, in milliseconds; undefined before the first listing. */
  aheadAtMostMs: number | undefined;
  #aheadMs = 0;
  #began = 0;

  /**
   * Takes the store's time from an answer. Both times are in milliseconds since 1970.
   *
   * @param answeredAt When the store answered, by its clock, in whole seconds.
   * @param askedAt When the request was sent, by our clock.
   */
  note(answeredAt: number, askedAt: number): void {
    // The store read its clock after it was asked, and cut off less than a second.
    this.aheadAtMostMs = answeredAt + 1_000 - askedAt;
    const ahead = answeredAt - askedAt;
    this.#aheadMs = Math.abs(ahead) > TOLERANCE_MS ? ahead : 0;
    this.#began = beganAt();
  }

  /** Whether a listing has told the time, and our clock was not set since then. */
  get isKnown(): boolean {
    return this.aheadAtMostMs !== undefined && Math.abs(beganAt() - this.#began) < STEP_MS;
  }

  /** How far the store's clock is ahead of ours, in milliseconds; 0 if that is unknown, or less than the tolerance. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Whether our clock differs from the store's by more than 5 minutes. */
  get isSkewed(): boolean {
    return Math.abs(this.#aheadMs) > SKEW_MS;
  }

  /** The present time in milliseconds since 1970: by the store's clock if that is known, else by ours. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }
}

/**
 * When this process began, by our clock as it is set at the moment, in milliseconds since 1970. It changes if the clock
 * is set.
 */
function beganAt(): number {
  return Date.now() - performance.now();
}
