/** An amount of work. */
export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

/** What was done up to a moment. */
export interface Achieved {
  /** Settled files. */
  readonly settled: Amount;
  /** Those of them that were moved: sent, received, or read by a verification. */
  readonly moved: Amount;
  /** All bytes that were moved, those of files in work included. */
  readonly movedBytes: number;
}

/** What is to be done, and how fast work was done over the last seconds. */
export interface Outlook {
  /** All that is left, files in work included. */
  readonly left: Amount;
  /** The bytes that are left of files in work. */
  readonly inWorkBytes: number;
  /** Work per second of late, whether files were moved or found unchanged. */
  readonly donePerSecond: Amount;
  /** Work per second of late on files that were moved. */
  readonly movedPerSecond: Amount;
}

const NONE: Amount = { files: 0, bytes: 0 };

/** What share of the files will have to be moved is expected from about so many files that were settled last. */
const RECENT_FILES = 1_000;
/** The highest rates that were seen count less by this factor with each second, since a limit may have come. */
const FADING = 0.99;
/** At most so many bytes count for the requests of one file. With a fast store they are as many. */
const MOST_BYTES_PER_FILE = 64 * 1024;
/** Longer estimates help nobody: 100 days, in seconds. */
const LONGEST = 8_640_000;

/**
 * Estimates how long a run still takes.
 *
 * - Unchanged files cost next to nothing. So the time for what will have to be moved counts, if something is moved: one new file
 *   of 10 GB among unchanged ones takes long, but the files behind it do not.
 * - A small file costs its requests rather than its bytes. It counts as that many bytes more as the store took in the time of one
 *   file, at the highest rates of both that were seen.
 */
export class TimeLeft {
  #last: Achieved = { settled: NONE, moved: NONE, movedBytes: 0 };
  #lastAt: number | undefined;
  /** Settled and moved files of late: older ones count less and less. */
  #recent = { settled: NONE, moved: NONE };
  /** Highest rates per second. */
  #peak = NONE;

  /** Takes over what is done. To be called about once a second. @param at Time in milliseconds. */
  sample(at: number, achieved: Achieved): void {
    const last = this.#last;
    const weight = Math.exp((last.settled.files - achieved.settled.files) / RECENT_FILES);
    const faded = (name: 'settled' | 'moved') => {
      const [recent, before, now] = [this.#recent[name], last[name], achieved[name]];
      return {
        files: recent.files * weight + now.files - before.files,
        bytes: recent.bytes * weight + now.bytes - before.bytes,
      };
    };
    this.#recent = { settled: faded('settled'), moved: faded('moved') };
    const seconds = (at - (this.#lastAt ?? at)) / 1000;
    if (seconds > 0) {
      const fading = FADING ** seconds;
      const moved = (achieved.movedBytes - last.movedBytes) / seconds;
      const files = (achieved.moved.files - last.moved.files) / seconds;
      this.#peak = {
        bytes: Math.max(this.#peak.bytes * fading, moved),
        files: Math.max(this.#peak.files * fading, files),
      };
    }
    this.#last = achieved;
    this.#lastAt = at;
  }

  /** Seconds that are left; undefined if that cannot be said. */
  seconds({ left, inWorkBytes, donePerSecond, movedPerSecond }: Outlook): number | undefined {
    const all = this.#workOf(left);
    const toMove = inWorkBytes + this.#movedShare * Math.max(0, all - inWorkBytes);
    const rate = this.#workOf(movedPerSecond);
    const seconds = toMove > 0 && rate > 0 ? toMove / rate : all / this.#workOf(donePerSecond);
    return seconds > 0 && seconds <= LONGEST ? seconds : undefined;
  }

  /** Work, measured in bytes. */
  #workOf({ files, bytes }: Amount): number {
    const perFile = this.#peak.files > 0 ? this.#peak.bytes / this.#peak.files : MOST_BYTES_PER_FILE;
    return bytes + files * Math.max(1, Math.min(perFile, MOST_BYTES_PER_FILE));
  }

  /** Share of the files to come that will have to be moved: by number or by size, whichever is less. */
  get #movedShare(): number {
    const { settled, moved } = this.#recent;
    if (settled.files === 0) return 1;
    return Math.min(moved.files / settled.files, this.#workOf(moved) / this.#workOf(settled));
  }
}
