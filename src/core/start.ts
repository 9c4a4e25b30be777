/** When something began: by the calendar for people, and by the monotonic clock, which no correction of the time moves. */
export class Start {
  readonly date: Date = new Date();
  readonly #ms = performance.now();

  /** Seconds since then. Never negative. */
  get seconds(): number {
    return (performance.now() - this.#ms) / 1000;
  }
}
