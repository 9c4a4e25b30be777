import type { Fate } from '../item.ts';
import { type FileEntry, failedToDelete, type ReportSummary } from './report.ts';

type Counted = Pick<
  ReportSummary,
  | 'total_files'
  | 'successful_uploads'
  | 'failed_uploads'
  | 'verified_files'
  | 'deleted_files'
  | 'failed_deletions'
  | 'removed_folders'
  | 'restored_files'
  | 'success_rate_percent'
  | 'attempts'
  | 'resumed_bytes'
  | 'counts'
  | 'bytes'
>;

/** Counts what became of the files, in constant memory. Every entry is counted under exactly one fate. */
export class Tally {
  readonly counts: Record<Fate, number> = { deleted: 0, kept: 0, unchanged: 0, skipped: 0, failed: 0 };
  readonly bytes: Record<Fate, number> = { deleted: 0, kept: 0, unchanged: 0, skipped: 0, failed: 0 };
  readonly planned = { files: 0, bytes: 0 };
  #verified = 0;
  #failedDeletions = 0;
  #attempts = 0;
  #resumedBytes = 0;
  removedFolders = 0;
  restoredFiles = 0;

  add(entry: FileEntry): void {
    const size = entry.size ?? 0;
    this.counts[entry.fate] += 1;
    this.bytes[entry.fate] += size;
    this.#attempts += entry.attempts;
    this.#resumedBytes += entry.resumed_bytes;
    if (entry.proof !== null) this.#verified += 1;
    if (failedToDelete(entry)) this.#failedDeletions += 1;
    if (entry.code === 'DRY_RUN') {
      this.planned.files += 1;
      this.planned.bytes += size;
    }
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  result(): Counted {
    const { deleted, unchanged, skipped, failed } = this.counts;
    const wanted = this.total - skipped;
    return {
      total_files: this.total,
      successful_uploads: this.#verified - unchanged,
      failed_uploads: failed - this.#failedDeletions,
      verified_files: this.#verified,
      deleted_files: deleted,
      failed_deletions: this.#failedDeletions,
      removed_folders: this.removedFolders,
      restored_files: this.restoredFiles,
      success_rate_percent: wanted === 0 ? 100 : Math.floor((this.#verified / wanted) * 10_000) / 100,
      attempts: this.#attempts,
      resumed_bytes: this.#resumedBytes,
      counts: { ...this.counts },
      bytes: { ...this.bytes },
    };
  }
}
