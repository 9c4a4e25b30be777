import type { BackupOutcome, Outcome } from '../flow/item.ts';
import type { FileEntry, ReportSummary } from './report.ts';

/** A run begins: it has its lock, or has failed before that. */
export interface StartEvent {
  readonly event: 'start';
  readonly schema_version: 1;
  readonly tool_version: string;
  readonly operation: Operation;
  readonly dry_run: boolean;
  /** Of a backup, as the report has it; else null. */
  readonly source: string | null;
  /** Of a restore, as the report has it; else null. */
  readonly target: string | null;
  readonly bucket: string;
  readonly prefix: string;
}

export type Operation = 'backup' | 'put' | 'restore' | 'cat' | 'verification';

/** A file is settled. The fields behind `event` are its entry in the report. */
export type FileEvent<E extends Outcome = BackupOutcome> = { readonly event: 'file' } & FileEntry<E>;

/** What a run has done so far. */
export interface ProgressEvent {
  readonly event: 'progress';
  /** Seconds since the start. */
  readonly seconds: number;
  /** Settled files. */
  readonly files: number;
  readonly failed: number;
  /** Bytes that were read. */
  readonly bytes: number;
  /** Bytes that were sent, or received in a restore. Those of a repeated try count again. */
  readonly transferred_bytes: number;
  /** Files in upload, or in download. */
  readonly at_once: number;
  /** Whether the run waits because the endpoint is away. */
  readonly away: boolean;
  /** The settled ones among the files that `total` counts. */
  readonly done: { readonly files: number; readonly bytes: number };
  /** The files that the run is to work on, as far as they are counted; null if they are not. */
  readonly total: { readonly files: number; readonly bytes: number; readonly complete: boolean } | null;
}

/** The endpoint does not answer any more. The run waits for it. */
export interface OutageBeginsEvent {
  readonly event: 'outage_begins';
  readonly reason: string;
}

/** The endpoint answers again, after so many seconds. */
export interface OutageEndsEvent {
  readonly event: 'outage_ends';
  readonly seconds: number;
}

/** The number of files at once has changed. */
export interface LimitEvent {
  readonly event: 'limit';
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  /** Throughput with `from` files at once; null if the store has asked for fewer requests. */
  readonly files_per_second: number | null;
  readonly bytes_per_second: number | null;
  /** The process whose limit it is; null for the first one. */
  readonly pid: number | null;
}

/** The run has ended. The fields behind `event` are those of its report that stand before the lists. */
export type EndEvent<S extends object = ReportSummary> = { readonly event: 'end' } & S;

/** What a run tells of itself besides its files and its report. docs/events.md explains every field. */
export type RunEvent = StartEvent | OutageBeginsEvent | OutageEndsEvent | LimitEvent;

/** Everything that is written as an event. docs/events.schema.json is the contract; a line has `seq` and `time`, too. */
export type Event<E extends Outcome = BackupOutcome, S extends object = ReportSummary> =
  | RunEvent
  | FileEvent<E>
  | ProgressEvent
  | EndEvent<S>;
