export { backup, runBackup } from './backup/backup.ts';
export type { BackupOptions, Progress } from './backup/options.ts';
export { BackupError, type FatalCode } from './core/errors.ts';
export { EXIT_CODES } from './core/exit-codes.ts';
export type { LogFields, Logger } from './core/logger.ts';
export type {
  Fate,
  Found,
  Hashed,
  Item,
  ItemCode,
  ProofKind,
  Read,
  Selected,
  Settlement,
  Uploaded,
  Verified,
} from './flow/item.ts';
export type { ManifestEntry } from './manifest/manifest.ts';
export { readManifest } from './manifest/read-manifest.ts';
export { type RunRecord, readRunRecord } from './manifest/run-record.ts';
export { type Entries, MemoryEntries, SpooledEntries } from './report/entries.ts';
export { md5sumLines } from './report/md5sums.ts';
export type { FileEntry, Report, ReportLists, ReportSummary } from './report/report.ts';
export { ReportFile, reportText } from './report/write-report.ts';
export type { RestoreCode, RestoreEnd, RestoreFate } from './restore/item.ts';
export type { RestoreOptions } from './restore/options.ts';
export { restore, runRestore } from './restore/restore.ts';
export type { RestoreEntry, RestoreReport, RestoreSummary } from './restore/summary.ts';
export type { CheckEntry, CheckResult } from './verify/result.ts';
export { type CheckRequest, checkFiles } from './verify/verify-files.ts';
