import { type MeterClock, PROCESS_CLOCK, type Throughput, ThroughputMeter } from './throughput-meter.ts';

/** How many files a stage may have in work at once. It can change at any time. */
export interface Limit {
  readonly current: number;
  /** Called by the stage when the number of its files in work has changed. */
  onInWork?(files: number): void;
}

/** A step of an adaptive limit, for the log. */
export interface LimitStep {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  /** Throughput with `from` files at once; undefined if the store has asked for fewer requests. */
  readonly filesPerSecond?: number | undefined;
  readonly bytesPerSecond?: number | undefined;
}

/** Factor by which the throughput must grow, so that more files at once are worth their memory. */
const MIN_GROWTH = 1.1;
const MIN_STEP = 1.25;
const MAX_STEP = 2;
/** Windows without growth after which a step up is taken back. One or two can be the work of a busy machine. */
const WINDOWS_OF_TRIAL = 3;
/** Windows after which more files at once are tried again. The number doubles with each trial that fails. */
const MIN_REST = 10;
const MAX_REST = 40;
const HALVED_ONCE_IN_MS = 1_000;
const MINIMUM = 2;

/** A step up whose effect is being measured. */
interface Trial {
  readonly from: number;
  /** Rate with `from` files at once. */
  readonly before: number;
}

/**
 * Finds how many files at once suit a store best. A store on this machine is as fast with 16; one that is 25 ms away takes 200
 * to keep one core busy.
 *
 * - A step up is kept as soon as one window of three shows growth. The next step follows, as large as the growth was: a limit
 *   that no longer holds the throughput down does not double it.
 * - A step up without growth is taken back, and tried again after a rest; or soon, if it turns out that fewer files at once
 *   are slower after all.
 * - While this process is busy all the time, no step up is made: it could not do more.
 * - If the store asks for fewer requests (503 SlowDown), the limit is halved, and the longest rest follows.
 */
export class AdaptiveLimit implements Limit {
  readonly #maximum: number;
  readonly #onStep: ((step: LimitStep) => void) | undefined;
  readonly #clock: MeterClock;
  readonly #meter: ThroughputMeter;
  #current: number;
  /** Undefined while the limit rests. */
  #trial: Trial | undefined;
  /** Windows since the last step. */
  #windows: Throughput[] = [];
  #rest = MIN_REST;
  /** Best rate of the step up that was taken back last. */
  #missed = 0;
  #halvedAt = Number.NEGATIVE_INFINITY;

  /** @param onStep Called when the limit changes. */
  constructor(
    start: number,
    maximum: number,
    onStep?: (step: LimitStep) => void,
    clock: MeterClock = PROCESS_CLOCK,
  ) {
    this.#current = Math.min(start, maximum);
    this.#trial = { from: this.#current, before: 0 };
    this.#maximum = maximum;
    this.#onStep = onStep;
    this.#clock = clock;
    this.#meter = new ThroughputMeter(clock);
  }

  get current(): number {
    return this.#current;
  }

  onInWork(files: number): void {
    this.#meter.onInWork(files >= this.#current);
  }

  /** Called when the work on a file of `bytes` has succeeded, before `onInWork` is told that it has ended. */
  onDone(bytes: number): void {
    const window = this.#meter.onDone(bytes, this.#current);
    if (window === undefined) return;
    this.#windows.push(window);
    if (this.#trial) this.#judge(this.#trial, window);
    else if (this.#windows.length >= WINDOWS_OF_TRIAL) this.#considerTrial();
  }

  #judge({ from, before }: Trial, window: Throughput): void {
    const growth = window.rate / before;
    if (growth >= MIN_GROWTH && canGrow(window)) {
      this.#rest = MIN_REST;
      const factor = Math.min(MAX_STEP, Math.max(MIN_STEP, growth));
      this.#stepUp(factor, window, 'throughput grew');
    } else if (growth >= MIN_GROWTH) {
      this.#rest = WINDOWS_OF_TRIAL;
      this.#trial = undefined;
    } else if (this.#windows.length >= WINDOWS_OF_TRIAL) {
      const best = this.#best();
      this.#trial = undefined;
      this.#rest = Math.min(MAX_REST, 2 * this.#rest);
      this.#missed = best.rate;
      this.#step(from, 'throughput did not grow', best);
    }
  }

  #considerTrial(): void {
    if (!this.#windows.slice(-WINDOWS_OF_TRIAL).every(canGrow)) return;
    const best = this.#best();
    if (best.rate * MIN_GROWTH <= this.#missed) this.#stepUp(MAX_STEP, best, 'throughput fell with fewer');
    else if (this.#windows.length >= this.#rest) this.#stepUp(MAX_STEP, best, 'more are tried');
  }

  #stepUp(factor: number, window: Throughput, reason: string): void {
    const from = this.#current;
    const to = Math.min(this.#maximum, Math.ceil(from * factor));
    this.#trial = to > from ? { from, before: window.rate } : undefined;
    this.#missed = 0;
    this.#step(to, reason, window);
  }

  /** Lowers the limit, since the store has asked for fewer requests. Does so once a second at most. */
  onSlowDown(): void {
    const now = this.#clock.now();
    if (now - this.#halvedAt < HALVED_ONCE_IN_MS) return;
    this.#halvedAt = now;
    this.#trial = undefined;
    this.#rest = MAX_REST;
    this.#missed = 0;
    this.#step(Math.max(MINIMUM, Math.floor(this.#current / 2)), 'the store asked for fewer requests');
  }

  #step(to: number, reason: string, window?: Throughput): void {
    const from = this.#current;
    this.#current = to;
    this.#windows = [];
    if (to === from) return;
    this.#meter.restart(to);
    const { filesPerSecond, bytesPerSecond } = window ?? {};
    this.#onStep?.({ from, to, reason, filesPerSecond, bytesPerSecond });
  }

  /** The fastest of the last windows: a pause of this machine only makes a window slower. */
  #best(): Throughput {
    const last = this.#windows.slice(-WINDOWS_OF_TRIAL);
    return last.reduce((best, window) => (window.rate > best.rate ? window : best));
  }
}

/** Whether this process has time for the growth that makes a step worthwhile. */
function canGrow({ utilization }: Throughput): boolean {
  return utilization * MIN_GROWTH < 1;
}
