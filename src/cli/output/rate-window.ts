/** Values that only grow, by their names. */
type Counters<N extends string> = Readonly<Record<N, number>>;

interface Sample<N extends string> {
  /** Time by a clock that never goes back, in milliseconds. */
  readonly at: number;
  readonly counters: Counters<N>;
}

/** Rates of counters over the last seconds: the mean over a window that moves on with the clock. */
export class RateWindow<N extends string> {
  readonly #windowMs: number;
  #samples: Sample<N>[] = [];

  /** @param windowMs Length of the window in milliseconds. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Adds the values at a moment. Samples that are older than the window are dropped, but for the last of them. */
  add(at: number, counters: Counters<N>): void {
    const begin = at - this.#windowMs;
    const first = this.#samples.findLastIndex((sample) => sample.at <= begin);
    this.#samples = [...this.#samples.slice(Math.max(0, first)), { at, counters }];
  }

  /** Seconds that the rates at this moment span: as long as the window, or since the first sample. */
  span(at: number): number {
    const [oldest] = this.#samples;
    return oldest === undefined ? 0 : (at - oldest.at) / 1000;
  }

  /** Rates of all counters per second. @param at This moment. @param counters Their values now. */
  rates(at: number, counters: Counters<N>): Counters<N> {
    const [oldest] = this.#samples;
    const seconds = this.span(at);
    const names = Object.keys(counters) as N[];
    const rates = names.map((name) => {
      const more = counters[name] - (oldest?.counters[name] ?? counters[name]);
      return [name, seconds > 0 ? more / seconds : 0] as const;
    });
    return Object.fromEntries(rates) as Counters<N>;
  }
}
