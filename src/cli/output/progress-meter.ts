import type { FileInWork } from '../../flow/file-in-work.ts';
import type { DoneFiles, Progress, TotalFiles } from '../../run/progress.ts';
import { RateWindow } from './rate-window.ts';
import { type Achieved, TimeLeft } from './time-left.ts';

/** Progress of a command that shows it. */
export interface ShownProgress extends Progress {
  transferredBytes: number;
  done: DoneFiles;
  inWork: Set<FileInWork>;
}

/** Makes the counters of a run. @param counts Whether the run counts what it is to do. */
export function newProgress(counts: boolean): ShownProgress {
  return {
    files: 0,
    failed: 0,
    bytes: 0,
    transferredBytes: 0,
    done: { files: 0, bytes: 0, movedFiles: 0, movedBytes: 0 },
    inWork: new Set(),
    ...(counts && { total: { files: 0, bytes: 0, isComplete: false } }),
  };
}

/** What a progress line shows at one moment. */
export interface ProgressView {
  /** Settled files, without those that the selection leaves out. */
  readonly files: number;
  readonly failed: number;
  /** Files that the selection leaves out. */
  readonly leftOut: number;
  readonly isAway: boolean;
  /** Bytes of settled files, and those bytes of files in work that are moved. */
  readonly doneBytes: number;
  /** Undefined if nothing is counted, or not yet more files than are settled. */
  readonly total: Readonly<TotalFiles> | undefined;
  /** Share of the bytes that is done, 0 to 1; undefined until all files are counted. */
  readonly share: number | undefined;
  /** Bytes that were sent, received or read. */
  readonly movedBytes: number;
  /** Whether every settled file was moved, so that `movedBytes` compares with the bytes of `total`. */
  readonly isAllMoved: boolean;
  /** Rates per second over the last seconds; undefined in the first second, and while the endpoint is away. */
  readonly rates: { readonly bytes: number; readonly files: number } | undefined;
  /** Undefined if it cannot be said. */
  readonly secondsLeft: number | undefined;
  /** Files in work, in the order in which they were begun. */
  readonly inWork: readonly FileInWork[];
}

const WINDOW_MS = 10_000;
/** Rates over less time are not shown. Seconds. */
const LEAST_SECONDS = 1;
/** No time left is estimated from rates over less time. Seconds. */
const LEAST_SECONDS_TO_ESTIMATE = 3;

/** Files may have grown so much since they were counted. If there are more bytes, the count is not shown. */
const MOST_GROWTH = 1.01;

/** Share that is shown at most while a file is not settled, although all bytes may be sent. */
const MOST_UNFINISHED = 0.99;

export interface MeterOptions {
  /** The bytes that a run moves: a verification reads, other runs send or receive. */
  readonly moves: 'transferredBytes' | 'bytes';
  /** Clock in milliseconds that never goes back. Default: that of this machine. */
  readonly now?: (() => number) | undefined;
}

/** Computes rates and the time left from the counters of a run. `sample` is to be called about once a second. */
export class ProgressMeter {
  readonly #progress: ShownProgress;
  readonly #moves: MeterOptions['moves'];
  readonly #now: () => number;
  readonly #window = new RateWindow<'files' | 'doneBytes' | 'movedFiles' | 'movedBytes'>(WINDOW_MS);
  readonly #timeLeft = new TimeLeft();
  /** Highest value so far: between its upload and its proof a file is neither in work nor settled. */
  #doneBytes = 0;

  constructor(progress: ShownProgress, { moves, now = () => performance.now() }: MeterOptions) {
    this.#progress = progress;
    this.#moves = moves;
    this.#now = now;
    this.sample();
  }

  sample(): void {
    const now = this.#now();
    this.#timeLeft.sample(now, this.#achieved);
    this.#window.add(now, this.#counters());
  }

  view(): ProgressView {
    const { done, failed, files, isAway = false, total, inWork } = this.#progress;
    const counters = this.#counters();
    const known = total && this.#mayBeAll(total) ? total : undefined;
    const all = known?.isComplete ? known : undefined;
    return {
      files: done.files,
      failed,
      leftOut: files - done.files,
      isAway,
      doneBytes: this.#doneBytes,
      total: all || (known && known.files > done.files) ? known : undefined,
      share: all && this.#shareOf(all),
      movedBytes: counters.movedBytes,
      isAllMoved: counters.movedFiles === done.files,
      rates: isAway ? undefined : this.#rates(),
      secondsLeft: isAway || !all ? undefined : this.#secondsLeft(all),
      inWork: [...inWork],
    };
  }

  /** A verification moves every file: it reads all. */
  get #achieved(): Achieved {
    const { files, bytes, ...done } = this.#progress.done;
    const settled = { files, bytes };
    const moved = this.#moves === 'bytes' ? settled : { files: done.movedFiles, bytes: done.movedBytes };
    return { settled, moved, movedBytes: this.#progress[this.#moves] };
  }

  #counters() {
    const { settled, moved, movedBytes } = this.#achieved;
    let { bytes } = settled;
    for (const file of this.#progress.inWork) bytes += file.doneBytes;
    this.#doneBytes = Math.max(this.#doneBytes, bytes);
    return { files: settled.files, doneBytes: this.#doneBytes, movedFiles: moved.files, movedBytes };
  }

  /** Whether it can be all that there is to do: new files may have come, and the size of a stream is a guess. */
  #mayBeAll({ files, bytes }: TotalFiles): boolean {
    return files > 0 && files >= this.#progress.done.files && this.#doneBytes <= bytes * MOST_GROWTH;
  }

  /** Share of the bytes; of the files if none of them has a byte. It is 1 only if every file is settled. */
  #shareOf({ files, bytes }: TotalFiles): number {
    const { done } = this.#progress;
    const share = bytes > 0 ? this.#doneBytes / bytes : done.files / files;
    return Math.min(share, done.files < files ? MOST_UNFINISHED : 1);
  }

  #rates(): ProgressView['rates'] {
    if (this.#window.span(this.#now()) < LEAST_SECONDS) return undefined;
    const rates = this.#window.rates(this.#now(), this.#counters());
    return { bytes: rates.movedBytes, files: rates.files };
  }

  #secondsLeft({ files, bytes }: TotalFiles): number | undefined {
    if (this.#window.span(this.#now()) < LEAST_SECONDS_TO_ESTIMATE) return undefined;
    const counters = this.#counters();
    const rates = this.#window.rates(this.#now(), counters);
    let inWorkBytes = 0;
    for (const file of this.#progress.inWork) inWorkBytes += file.size - file.doneBytes;
    return this.#timeLeft.seconds({
      left: { files: files - counters.files, bytes: Math.max(0, bytes - counters.doneBytes) },
      inWorkBytes,
      donePerSecond: { files: rates.files, bytes: rates.doneBytes },
      movedPerSecond: { files: rates.movedFiles, bytes: rates.movedBytes },
    });
  }
}
