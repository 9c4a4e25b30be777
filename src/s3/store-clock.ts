/** S3 refuses requests whose time is off by 15 minutes; a clock that is off by this much is wrong, and not merely late. */
export const SKEW_MS = 300_000;
/** `Date` has whole seconds, and an answer takes time: a clock that is off by less may be right. */
const TOLERANCE_MS = 2_000;
/** Further apart than this our clock and the one that only goes forward do not drift: ours was set, or the machine has slept. */
const STEP_MS = 5_000;

/** The store's clock, by the `Date` of its listings. */
export class StoreClock {
  /** What it is ahead of ours at most, in milliseconds; undefined until a listing has told it. */
  aheadAtMostMs: number | undefined;
  #aheadMs = 0;
  #began = 0;

  /** @param answeredAt By its clock, in whole seconds. @param askedAt By ours. Milliseconds since 1970. */
  note(answeredAt: number, askedAt: number): void {
    // It was read after the question: so it is ahead by no more than this.
    this.aheadAtMostMs = answeredAt + 1_000 - askedAt;
    const ahead = answeredAt - askedAt;
    this.#aheadMs = Math.abs(ahead) > TOLERANCE_MS ? ahead : 0;
    this.#began = beganAt();
  }

  /** Whether it was told, and our clock has not been set since then. */
  get isKnown(): boolean {
    return this.aheadAtMostMs !== undefined && Math.abs(beganAt() - this.#began) < STEP_MS;
  }

  /** What it is ahead of ours, in milliseconds; 0 if that is not known, or no more than an answer takes. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Whether ours is off by minutes. */
  get isSkewed(): boolean {
    return Math.abs(this.#aheadMs) > SKEW_MS;
  }

  /** The present time, in milliseconds since 1970: by its clock if that is known, else by ours. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }
}

/** When this process began by our clock as it is set at the moment, in milliseconds since 1970. */
function beganAt(): number {
  return Date.now() - performance.now();
}
