import type { BackupOutcome } from '../flow/item.ts';
import { FateTally } from './fate-tally.ts';
import { type FileEntry, failedToDelete, type ReportSummary } from './report.ts';

type Counted = Pick<
  ReportSummary,
  | 'total_files'
  | 'successful_uploads'
  | 'failed_uploads'
  | 'verified_files'
  | 'unread_files'
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

/** Counts the files of a backup by their fate, and what the report says beyond the fates. */
export class Tally extends FateTally<BackupOutcome> {
  #verified = 0;
  #unread = 0;
  #failedDeletions = 0;
  #resumedBytes = 0;
  /** Files and bytes that a dry run found in S3 and that a move would delete here. */
  readonly present = { files: 0, bytes: 0 };
  /** Emptied folders that the run has removed. The run increases it. */
  removedFolders = 0;
  /** Files of a crashed run that this run has put back. The run increases it. */
  restoredFiles = 0;

  constructor() {
    super(['deleted', 'kept', 'unchanged', 'skipped', 'failed']);
  }

  override add(entry: FileEntry): void {
    super.add(entry);
    this.#resumedBytes += entry.resumed_bytes;
    if (entry.code === 'DRY_RUN' && entry.etag !== null) this.#notePresent(entry.size ?? 0);
    if (entry.proof !== null) this.#verified += 1;
    else if (entry.fate === 'unchanged') this.#unread += 1;
    if (failedToDelete(entry)) this.#failedDeletions += 1;
  }

  /** Moves a file of a dry run from those that would be sent to those that S3 already holds. */
  #notePresent(size: number): void {
    this.planned.files -= 1;
    this.planned.bytes -= size;
    this.present.files += 1;
    this.present.bytes += size;
  }

  /** Counts in the form of the report. */
  result(): Counted {
    const { deleted, unchanged, skipped, failed } = this.counts;
    const wanted = this.total - skipped;
    const done = this.#verified + this.#unread;
    return {
      total_files: this.total,
      successful_uploads: this.#verified - (unchanged - this.#unread),
      failed_uploads: failed - this.#failedDeletions,
      verified_files: this.#verified,
      unread_files: this.#unread,
      deleted_files: deleted,
      failed_deletions: this.#failedDeletions,
      removed_folders: this.removedFolders,
      restored_files: this.restoredFiles,
      success_rate_percent: wanted === 0 ? 100 : Math.floor((done / wanted) * 10_000) / 100,
      attempts: this.attempts,
      resumed_bytes: this.#resumedBytes,
      counts: { ...this.counts },
      bytes: { ...this.bytes },
    };
  }
}
