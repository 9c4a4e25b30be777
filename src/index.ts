export { backup, runBackup } from './backup/backup.ts';
export type { MovePlan } from './backup/move-plan.ts';
export type { BackupOptions } from './backup/options.ts';
export { put, runPut } from './backup/put.ts';
export type { PutOptions } from './backup/put-options.ts';
export { BackupError, type FatalCode } from './core/errors.ts';
export { EXIT_CODES } from './core/exit-codes.ts';
export type { LogFields, Logger } from './core/logger.ts';
export type { Fate, ItemCode, ProofKind } from './core/outcomes.ts';
export type { FileInWork } from './flow/file-in-work.ts';
export type { Found, Hashed, Item, Read, Selected, Settlement, Uploaded, Verified } from './flow/item.ts';
export type { ManifestEntry } from './manifest/manifest.ts';
export { readManifest } from './manifest/read-manifest.ts';
export { type RunRecord, readRunRecord } from './manifest/run-record.ts';
export { finishPlan, runFinish } from './plans/finish-plan.ts';
export type { Plan, PlannedBy, PlannedRange } from './plans/plan.ts';
export { type PlanRequest, planShards, type StoredPlan } from './plans/plan-shards.ts';
export { type Shard, shardOptions } from './plans/shard-options.ts';
export { ShardsMissing } from './plans/shards-missing.ts';
export { type Entries, MemoryEntries, SpooledEntries } from './report/entries.ts';
export type {
  EndEvent,
  Event,
  FileEvent,
  LimitEvent,
  OutageBeginsEvent,
  OutageEndsEvent,
  ProgressEvent,
  RunEvent,
  StartEvent,
} from './report/events.ts';
export { md5sumLines } from './report/md5sums.ts';
export type { FileEntry, Report, ReportLists, ReportSummary } from './report/report.ts';
export { reportOfEvents } from './report/report-of-events.ts';
export { ReportFile, reportText } from './report/write-report.ts';
export { cat, runCat } from './restore/cat.ts';
export type { CatOptions } from './restore/cat-options.ts';
export type { RestoreOptions } from './restore/options.ts';
export type { RestoreCode, RestoreFate, RestoreOutcome } from './restore/outcomes.ts';
export { restore, runRestore } from './restore/restore.ts';
export type { RestoreEntry, RestoreReport, RestoreSummary } from './restore/summary.ts';
export type { DoneFiles, Progress, TotalFiles } from './run/progress.ts';
export type { VerifyEntry, VerifyRequest, VerifyResult } from './verify/result.ts';
export { verifyFiles } from './verify/verify-files.ts';
