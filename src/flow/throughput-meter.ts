/** Cost of a request beside its bytes, in bytes. It makes many small files comparable with few large ones. */
const REQUEST_BYTES = 64 * 1024;
const WINDOW_MS = 100;
/** Files that a window has for each file in work: each must have had the time to end. */
const ROUNDS = 2;

/** Clock of the meter, in milliseconds. */
export interface MeterClock {
  /** Only goes forward. */
  now(): number;
  /** Time during which this process had something to do, since any moment. */
  busy(): number;
}

export const PROCESS_CLOCK: MeterClock = {
  now: () => performance.now(),
  busy: () => performance.eventLoopUtilization().active,
};

/** The files that ended in one window of time. */
export class Throughput {
  readonly #files: number;
  readonly #bytes: number;
  readonly #ms: number;
  /** Share of the window during which this process had something to do, 0 to 1. */
  readonly utilization: number;

  constructor(files: number, bytes: number, ms: number, utilization: number) {
    this.#files = files;
    this.#bytes = bytes;
    this.#ms = ms;
    this.utilization = utilization;
  }

  /** Bytes and requests as one number, for comparisons. In bytes per millisecond. */
  get rate(): number {
    return (this.#bytes + this.#files * REQUEST_BYTES) / this.#ms;
  }

  get filesPerSecond(): number {
    return (this.#files / this.#ms) * 1_000;
  }

  get bytesPerSecond(): number {
    return (this.#bytes / this.#ms) * 1_000;
  }
}

/**
 * Measures the throughput of a stage in windows of at least 100 ms, one after the other. Only the time counts during which
 * the stage has as many files in work as it may have: other stages work in batches, and while a stage waits for a batch, its
 * limit is not the reason.
 */
export class ThroughputMeter {
  readonly #clock: MeterClock;
  #ignored = 0;
  #files = 0;
  #bytes = 0;
  /** Length of the window up to `#fullSince`, in milliseconds. */
  #ms = 0;
  /** Undefined while fewer files are in work than may be. */
  #fullSince: number | undefined;
  #began: number;
  #busyBefore: number;

  constructor(clock: MeterClock) {
    this.#clock = clock;
    this.#began = clock.now();
    this.#busyBefore = clock.busy();
  }

  /** Called when the number of files in work has changed. @param isFull Whether it has reached the limit. */
  onInWork(isFull: boolean): void {
    if (this.#fullSince === undefined && !isFull) return;
    const now = this.#clock.now();
    if (this.#fullSince !== undefined) this.#ms += now - this.#fullSince;
    this.#fullSince = isFull ? now : undefined;
  }

  /**
   * Counts a file that is done, while it is still in work. Returns the throughput if this ends a window.
   *
   * @param limit Number of files that may be in work.
   */
  onDone(bytes: number, limit: number): Throughput | undefined {
    if (this.#ignored > 0) {
      this.#ignored -= 1;
      if (this.#ignored === 0) this.#begin();
      return undefined;
    }
    if (this.#fullSince === undefined) return undefined;
    this.#files += 1;
    this.#bytes += bytes;
    const now = this.#clock.now();
    const ms = this.#ms + now - this.#fullSince;
    if (ms < WINDOW_MS || this.#files < ROUNDS * limit) return undefined;
    const utilization = (this.#clock.busy() - this.#busyBefore) / (now - this.#began);
    const throughput = new Throughput(this.#files, this.#bytes, ms, utilization);
    this.#begin();
    return throughput;
  }

  /**
   * Begins anew after a change of the limit, and ignores the files that end first. After a step up new connections are
   * opened, which takes three round trips over TLS. When all of them have answered once, the connections that were open have
   * carried twice as many files as the limit allows at once.
   */
  restart(limit: number): void {
    this.#ignored = ROUNDS * limit;
    this.#begin();
  }

  #begin(): void {
    this.#files = 0;
    this.#bytes = 0;
    this.#ms = 0;
    this.#began = this.#clock.now();
    this.#busyBefore = this.#clock.busy();
    if (this.#fullSince !== undefined) this.#fullSince = this.#began;
  }
}
