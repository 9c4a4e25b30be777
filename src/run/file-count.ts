import type { Outcome } from '../flow/item.ts';
import type { FileEntry } from '../report/report.ts';
import { SeenPaths } from '../source/seen-paths.ts';
import { isLeftOut, type Progress } from './progress.ts';

type CountedEntry = Pick<FileEntry<Outcome>, 'path' | 'size' | 'fate' | 'code' | 'attempts'>;

/** Counts the files of a run in its `Progress`: those that are settled, and those that a count beside the run finds. */
export class FileCount {
  readonly progress: Progress;
  /**
   * Paths that `total` counts, at 8 to 16 bytes each. Undefined if files stay where they are: then the count beside the run
   * finds each of them once.
   */
  readonly #counted: SeenPaths | undefined;

  /** @param filesVanish Whether files are counted that the run removes, perhaps before the count finds them. Default false. */
  constructor(progress: Progress, filesVanish = false) {
    this.progress = progress;
    this.#counted = filesVanish && progress.total ? new SeenPaths() : undefined;
  }

  /** Counts the entry of a settled file. */
  settled({ path, size, fate, code, attempts }: CountedEntry): void {
    const { progress } = this;
    progress.files += 1;
    if (fate === 'failed') progress.failed += 1;
    if (isLeftOut(code)) return;
    if (this.#counted) this.found(path, size ?? 0);
    const { done } = progress;
    if (done === undefined) return;
    done.files += 1;
    done.bytes += size ?? 0;
    if (attempts === 0) return;
    done.movedFiles += 1;
    done.movedBytes += size ?? 0;
  }

  /**
   * Counts a file that the run is to work on, unless it was counted before.
   *
   * @param size Size in bytes; undefined for a file that is gone. If the run has removed it, its entry tells its size.
   */
  found(path: string, size: number | undefined): void {
    const { total } = this.progress;
    if (total === undefined) return;
    if (this.#counted && (size === undefined || !this.#counted.add(path))) return;
    total.files += 1;
    total.bytes += size ?? 0;
  }
}
