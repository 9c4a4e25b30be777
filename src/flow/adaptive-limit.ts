/** How many files a stage may have in work at once. It can change at any time. */
export interface Limit {
  readonly current: number;
}

/** Cost of a request beside its bytes, in bytes. It makes many small files comparable with few large ones. */
const REQUEST_BYTES = 64 * 1024;
const WINDOW_MS = 100;
/** Factor by which the throughput must grow, so that more files at once are worth their memory. */
const MIN_GROWTH = 1.1;
/** Windows without a change after which the limit tries more files at once again. */
const WINDOWS_BETWEEN_TRIALS = 50;
const HALVED_ONCE_IN_MS = 1_000;
const MINIMUM = 2;

/**
 * Finds how many uploads at once suit a store best. The limit is doubled while throughput grows, halved if it does not
 * grow, and halved if the store asks for less (503 SlowDown). A store on this machine is as fast with 16; one that is
 * 25 ms away takes 200 to keep one core busy.
 */
export class AdaptiveLimit implements Limit {
  readonly #maximum: number;
  readonly #now: () => number;
  #current: number;
  /** Throughput before the last step up, in bytes per millisecond; undefined between trials. */
  #before: number | undefined = 0;
  #windowStart: number;
  #done = 0;
  #weight = 0;
  #windows = 0;
  #halvedAt = Number.NEGATIVE_INFINITY;

  /** @param now Milliseconds, of a clock that only goes forward. */
  constructor(start: number, maximum: number, now: () => number = () => performance.now()) {
    this.#current = Math.min(start, maximum);
    this.#maximum = maximum;
    this.#now = now;
    this.#windowStart = now();
  }

  get current(): number {
    return this.#current;
  }

  /** Called when an upload of `bytes` has succeeded. */
  onDone(bytes: number): void {
    this.#done += 1;
    this.#weight += bytes + REQUEST_BYTES;
    const elapsed = this.#now() - this.#windowStart;
    // Each upload in progress must have had the time to end once; otherwise a longer way to the store would look like less
    // throughput.
    if (elapsed < WINDOW_MS || this.#done < 2 * this.#current) return;
    this.#decide(this.#weight / elapsed);
    this.#beginWindow();
  }

  #decide(rate: number): void {
    if (this.#before === undefined) {
      this.#windows += 1;
      if (this.#windows >= WINDOWS_BETWEEN_TRIALS) this.#stepUp(rate);
    } else if (rate >= this.#before * MIN_GROWTH) {
      this.#stepUp(rate);
    } else {
      this.#current = Math.max(MINIMUM, Math.floor(this.#current / 2));
      this.#rest();
    }
  }

  #stepUp(rate: number): void {
    if (this.#current >= this.#maximum) {
      this.#rest();
      return;
    }
    this.#before = rate;
    this.#current = Math.min(this.#maximum, this.#current * 2);
  }

  #rest(): void {
    this.#before = undefined;
    this.#windows = 0;
  }

  /** Lowers the limit, since the store has asked for fewer requests. */
  onSlowDown(): void {
    const now = this.#now();
    if (now - this.#halvedAt < HALVED_ONCE_IN_MS) return;
    this.#halvedAt = now;
    this.#current = Math.max(MINIMUM, Math.floor(this.#current / 2));
    this.#rest();
    this.#beginWindow();
  }

  #beginWindow(): void {
    this.#windowStart = this.#now();
    this.#done = 0;
    this.#weight = 0;
  }
}
