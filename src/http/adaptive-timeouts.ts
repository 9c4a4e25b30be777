/** How long each thing may take, in milliseconds. */
export interface Timeouts {
  /** Until a connection is made. */
  readonly connectMs: number;
  /** Without anything that moves, where no large body is under way. */
  readonly silenceMs: number;
  /** The whole exchange, if neither the request nor the answer has a body. */
  readonly wholeMs: number;
}

const USUAL: Timeouts = { connectMs: 10_000, silenceMs: 60_000, wholeMs: 300_000 };

/** Bodies, sent and received, extend the deadline of the whole exchange by their time at 4 KiB a second. */
const MIN_BYTES_PER_MS = 4;

/** The time of smaller bodies is mostly the way's, and says little of its width. */
const MIN_SAMPLE_BYTES = 256 * 1024;
const TOLERANCE = 4;
const FADING = 0.9;

/**
 * How long a request is waited for. The system takes some MiB of a body at once, and shows nothing of how they travel: on a
 * line of 1 Mbit/s that sixteen connections share, 1 MiB each, more than two silent minutes pass before the first answer.
 */
export class AdaptiveTimeouts {
  readonly #timeouts: Timeouts;
  /** Of the slowest of late. */
  #msPerByte = Number.POSITIVE_INFINITY;

  constructor(timeouts: Partial<Timeouts> = {}) {
    this.#timeouts = { ...USUAL, ...timeouts };
  }

  get connectMs(): number {
    return this.#timeouts.connectMs;
  }

  get silenceMs(): number {
    return this.#timeouts.silenceMs;
  }

  /** With a body under way: as long as others have taken for as much, or as it takes at 4 KiB a second. */
  longestSilenceMs(bytes: number): number {
    const msPerByte = Math.min(1 / MIN_BYTES_PER_MS, TOLERANCE * this.#msPerByte);
    return Math.max(this.silenceMs, bytes * msPerByte);
  }

  /** Limit of a whole exchange. @param bytes Of both bodies, sent and received so far. */
  wholeMs(bytes: number): number {
    return this.#timeouts.wholeMs + bytes / MIN_BYTES_PER_MS;
  }

  /** A request was answered. */
  onAnswer(bytes: number, ms: number): void {
    if (bytes < MIN_SAMPLE_BYTES) return;
    const before = Number.isFinite(this.#msPerByte) ? this.#msPerByte : 0;
    this.#msPerByte = Math.max(ms / bytes, FADING * before);
  }
}
