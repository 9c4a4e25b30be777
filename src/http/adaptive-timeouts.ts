/** Time limits of a request, in milliseconds. */
export interface Timeouts {
  /** For opening a connection. Default 10 s. */
  readonly connectMs: number;
  /** Without any byte sent or received, if no large body is under way. Default 60 s. */
  readonly silenceMs: number;
  /** For the whole exchange, if neither the request nor the answer has a body. Default 300 s. */
  readonly wholeMs: number;
}

const USUAL: Timeouts = { connectMs: 10_000, silenceMs: 60_000, wholeMs: 300_000 };

/** Lowest speed that is waited for: about 4 KiB/s. Each body extends the deadline by the time it takes at this speed. */
const MIN_BYTES_PER_MS = 4;

/** Smaller bodies are not used to measure the speed of the line, since their time is mostly latency. */
const MIN_SAMPLE_BYTES = 256 * 1024;
const TOLERANCE = 4;
const FADING = 0.9;

/**
 * Time limits that adapt to the speed of the line. The system accepts some MiB of a body at once and does not show how they
 * travel. If sixteen connections share a line of 1 Mbit/s and send 1 MiB each, more than two minutes of silence pass before
 * the first answer.
 */
export class AdaptiveTimeouts {
  readonly #timeouts: Timeouts;
  /** Milliseconds per byte of the slowest recent request; `Infinity` until one was measured. */
  #msPerByte = Number.POSITIVE_INFINITY;

  constructor(timeouts: Partial<Timeouts> = {}) {
    this.#timeouts = { ...USUAL, ...timeouts };
  }

  /** Limit for opening a connection, in milliseconds. */
  get connectMs(): number {
    return this.#timeouts.connectMs;
  }

  /** Limit for a silence while no large body is under way, in milliseconds. */
  get silenceMs(): number {
    return this.#timeouts.silenceMs;
  }

  /**
   * Limit for a silence while a body of `bytes` is being sent, in milliseconds. It is four times the time that such a body
   * takes at the speed of recent ones, at most its time at 4 KiB/s, and at least `silenceMs`.
   */
  longestSilenceMs(bytes: number): number {
    const msPerByte = Math.min(1 / MIN_BYTES_PER_MS, TOLERANCE * this.#msPerByte);
    return Math.max(this.silenceMs, bytes * msPerByte);
  }

  /**
   * Limit for a whole exchange, in milliseconds.
   *
   * @param bytes Size of the request's body plus what has arrived of the answer's.
   */
  wholeMs(bytes: number): number {
    return this.#timeouts.wholeMs + bytes / MIN_BYTES_PER_MS;
  }

  /** Records how long an answered request took. @param bytes Size of the request's body. */
  onAnswer(bytes: number, ms: number): void {
    if (bytes < MIN_SAMPLE_BYTES) return;
    const before = Number.isFinite(this.#msPerByte) ? this.#msPerByte : 0;
    this.#msPerByte = Math.max(ms / bytes, FADING * before);
  }
}
