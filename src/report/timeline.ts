import type { Start } from '../core/start.ts';

/** What a run had done at one moment. docs/report.md explains the fields. */
export interface TimelineSample {
  /** Seconds since the start of the run. */
  readonly seconds: number;
  /** Files or objects that were settled by then. */
  readonly files: number;
  /** Bytes that were read by then: of the files, or of the objects of a restore. */
  readonly bytes: number;
  /** Files in upload, or objects in download, at that moment. */
  readonly at_once: number;
}

type Counters = Omit<TimelineSample, 'seconds'>;

const FIRST_INTERVAL_MS = 100;
/** When there are so many samples, every second one is dropped and the interval doubles: 20 kB of JSON at most. */
const MOST_SAMPLES = 300;

/** Samples the counters of a run in constant memory: up to 300 samples at equal intervals, however long the run takes. */
export class Timeline {
  readonly #start: Start;
  readonly #countersNow: () => Counters;
  /** The counters may have been increased by earlier runs. */
  readonly #before: Counters;
  #samples: TimelineSample[] = [];
  #intervalMs = FIRST_INTERVAL_MS;
  #timer: NodeJS.Timeout;
  #isEnded = false;

  constructor(start: Start, countersNow: () => Counters) {
    this.#start = start;
    this.#countersNow = countersNow;
    this.#before = countersNow();
    this.#timer = this.#schedule();
  }

  /** Takes the last sample, at the first call. @returns all samples, the oldest first */
  end(): readonly TimelineSample[] {
    clearTimeout(this.#timer);
    if (!this.#isEnded) this.#take();
    this.#isEnded = true;
    return this.#samples;
  }

  #schedule(): NodeJS.Timeout {
    return setTimeout(() => this.#tick(), this.#intervalMs).unref();
  }

  #tick(): void {
    this.#take();
    if (this.#samples.length >= MOST_SAMPLES) {
      this.#samples = this.#samples.filter((_sample, index) => index % 2 === 1);
      this.#intervalMs *= 2;
    }
    this.#timer = this.#schedule();
  }

  #take(): void {
    const { files, bytes, at_once } = this.#countersNow();
    this.#samples.push({
      seconds: Math.round(this.#start.seconds * 1000) / 1000,
      files: files - this.#before.files,
      bytes: bytes - this.#before.bytes,
      at_once,
    });
  }
}
