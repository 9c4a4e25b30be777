import type { Random } from '../random.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/** Pauses in which other programs have the machine. Their times and lengths are random. */
export interface Pauses {
  /** Mean time between two pauses, in milliseconds. */
  readonly everyMs: number;
  readonly longestMs: number;
}

/** Works on `units` things at a time, in the order in which they come. */
export class SimulatedProcessor {
  readonly #clock: SimulatedClock;
  readonly #freeAt: number[];
  readonly #nextPause: () => { readonly from: number; readonly to: number };
  #busyMs = 0;
  #pause: { readonly from: number; readonly to: number };

  constructor(clock: SimulatedClock, units: number, pauses?: Pauses, random?: Random) {
    this.#clock = clock;
    this.#freeAt = Array.from({ length: units }, () => 0);
    let end = 0;
    this.#nextPause = () => {
      if (pauses === undefined || random === undefined) return { from: Number.POSITIVE_INFINITY, to: 0 };
      const from = end + 2 * pauses.everyMs * random.fraction();
      end = from + pauses.longestMs * random.fraction();
      return { from, to: end };
    };
    this.#pause = this.#nextPause();
  }

  /** Time during which it had something to do up to this moment, with its pauses. Of the first unit. */
  get busyMs(): number {
    return this.#busyMs - Math.max(0, (this.#freeAt[0] ?? 0) - this.#clock.ms);
  }

  work(ms: number, done: () => void): void {
    const unit = this.#freeAt.indexOf(Math.min(...this.#freeAt));
    const start = Math.max(this.#clock.ms, this.#freeAt[unit] ?? 0);
    let end = start + ms;
    while (this.#pause.to <= start && this.#pause.from <= start) this.#pause = this.#nextPause();
    while (this.#pause.from < end) {
      end += this.#pause.to - Math.max(start, this.#pause.from);
      this.#pause = this.#nextPause();
    }
    if (unit === 0) this.#busyMs += end - start;
    this.#freeAt[unit] = end;
    this.#clock.after(end - this.#clock.ms, done);
  }
}
