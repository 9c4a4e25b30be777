import { secondsSince } from './seconds-since.ts';

/**
 * The start of a run: as a calendar time for messages, and by the monotonic clock, which corrections of the time do not move.
 */
export class Start {
  readonly date: Date = new Date();
  readonly #ms = performance.now();

  /** Seconds since the start. Never negative. */
  get seconds(): number {
    return secondsSince(this.#ms);
  }
}
