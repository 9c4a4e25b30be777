/** A clock that is further off than this is wrong, and not merely imprecise. S3 refuses requests at 15 minutes. */
export const SKEW_MS = 300_000;
/** A clock that is off by less may be right: `Date` has whole seconds, and an answer takes time. */
const TOLERANCE_MS = 2_000;
/** Our clock and the monotonic one do not drift apart by this much: our clock was set, or the machine has slept. */
const STEP_MS = 5_000;

/** The store's clock, estimated from the `Date` header of its listings. "Ours" is the clock of this machine. */
export class StoreClock {
  /** Upper bound of how far it is ahead of ours, in milliseconds; undefined before the first listing. */
  aheadAtMostMs: number | undefined;
  #aheadMs = 0;
  #began = 0;

  /**
   * Takes the time from an answer. Both in milliseconds since 1970.
   *
   * @param answeredAt When the store answered by its clock, in whole seconds.
   * @param askedAt When it was asked, by our clock.
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

  /** How far it is ahead of ours, in milliseconds; 0 if that is unknown, or less than the tolerance. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Whether our clock is more than 5 minutes off. */
  get isSkewed(): boolean {
    return Math.abs(this.#aheadMs) > SKEW_MS;
  }

  /** The present time, in milliseconds since 1970: by its clock if that is known, else by ours. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }
}

/** When this process began, by our clock as it is set at the moment: it changes if the clock is set. Milliseconds since 1970. */
function beganAt(): number {
  return Date.now() - performance.now();
}
