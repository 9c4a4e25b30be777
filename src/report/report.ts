/** The room `report` counts and records what became of every file, and writes the report of a run. */
import type { Fate, ProofKind } from '../core/outcomes.ts';
import type { BackupOutcome, Outcome, Settlement } from '../flow/item.ts';
import { ownMetadata } from '../source/own-metadata.ts';
import type { TimelineSample } from './timeline.ts';

/** The end of one file. docs/report.md explains every field; docs/report.schema.json is the contract. */
export interface FileEntry<E extends Outcome = BackupOutcome> {
  readonly path: string;
  readonly key: string | null;
  readonly size: number | null;
  /** Seconds since 1970 with nine decimals, as in the object's metadata. */
  readonly mtime: string | null;
  /** Mode in octal, with the type of the file, as in the object's metadata. */
  readonly mode: string | null;
  readonly md5: string | null;
  readonly etag: string | null;
  readonly version_id: string | null;
  readonly proof: ProofKind | null;
  readonly fate: E['fate'];
  readonly code: E['code'] | null;
  readonly reason: string | null;
  readonly attempts: number;
  readonly resumed_bytes: number;
  /** Seconds that the transfer took, retries included; null if nothing was sent or received. */
  readonly seconds: number | null;
}

/** The report without its lists. docs/report.md explains every field. Takes constant memory. */
export interface ReportSummary {
  readonly schema_version: 1;
  readonly tool_version: string;
  readonly dry_run: boolean;
  readonly exit_code: number;
  readonly interrupted: boolean;
  /** Error that ended the run as a whole; null if there was none. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly start_time: string;
  readonly end_time: string;
  readonly duration_seconds: number;
  readonly source: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly total_files: number;
  readonly successful_uploads: number;
  readonly failed_uploads: number;
  readonly verified_files: number;
  /** Files that were not read, since they have not changed since they were stored; not proved by this run. */
  readonly unread_files: number;
  readonly deleted_files: number;
  readonly failed_deletions: number;
  readonly removed_folders: number;
  /** Files that a crashed run had claimed for deletion and this run has put back. */
  readonly restored_files: number;
  readonly success_rate_percent: number;
  readonly attempts: number;
  /** Bytes of resumed uploads that earlier runs had sent. */
  readonly resumed_bytes: number;
  readonly counts: Readonly<Record<Fate, number>>;
  readonly bytes: Readonly<Record<Fate, number>>;
  /** What a dry run would upload, and what S3 already holds and would only be deleted here (`present_`); else null. */
  readonly planned: {
    readonly files: number;
    readonly bytes: number;
    readonly present_files: number;
    readonly present_bytes: number;
  } | null;
  /** Key of the stored manifest; null if none was requested, or if storing it failed. */
  readonly manifest: string | null;
  /** What the run had done at up to 300 moments, the oldest first. */
  readonly timeline: readonly TimelineSample[];
  /** Hooks that failed and messages that were not delivered, a sentence each. Empty for a run of the library. */
  readonly warnings: readonly string[];
}

/** The lists of a report. Each is made of the entries alone. */
export interface ReportLists {
  readonly upload_errors: readonly (readonly [path: string, message: string])[];
  readonly deletion_errors: readonly (readonly [path: string, message: string])[];
  readonly uploaded_files: readonly (readonly [path: string, key: string])[];
  readonly files: readonly FileEntry[];
}

/** The whole report of a backup. */
export type Report = ReportSummary & ReportLists;

/** Makes the report's entry of a settled file. */
export function entryOf<E extends Outcome>(settlement: Settlement<E>): FileEntry<E> {
  const { path, key, size, identity, md5, etag, versionId, proof, fate, code, reason, seconds } = settlement;
  const own = identity && ownMetadata(identity);
  return {
    path,
    key: key ?? null,
    size: size ?? null,
    mtime: own?.mtime ?? null,
    mode: own?.mode ?? null,
    md5: md5 ?? null,
    etag: etag ?? null,
    version_id: versionId ?? null,
    proof: proof ?? null,
    fate,
    code: code ?? null,
    reason: reason ?? null,
    attempts: settlement.attempts,
    resumed_bytes: settlement.resumedBytes,
    seconds: seconds === undefined ? null : Math.round(seconds * 1000) / 1000,
  };
}

/** Puts the label of the source before the path of an entry, if a run has several sources. */
export function withLabel<E extends Outcome>(entry: FileEntry<E>, label = ''): FileEntry<E> {
  if (label === '') return entry;
  return { ...entry, path: entry.path === '.' ? label.slice(0, -1) : label + entry.path };
}

/** Whether only the deletion of a file failed: a file that failed after its proof is in S3. */
export function failedToDelete({ fate, proof }: FileEntry): boolean {
  return fate === 'failed' && proof !== null;
}

function failedToUpload({ fate, proof }: FileEntry): boolean {
  return fate === 'failed' && proof === null;
}

function uploaded({ fate, proof }: FileEntry): boolean {
  return proof !== null && fate !== 'unchanged';
}

const message = ({ code, reason }: FileEntry) => `${code}: ${reason}`;

/** Lists of a report by name. Each function converts an entry into a line of the list; undefined leaves the entry out. */
export type Lists<E extends Outcome> = Readonly<Record<string, (entry: FileEntry<E>) => unknown>>;

/** Lists of a backup's report by name. Each function converts an entry into a line of the list; undefined leaves it out. */
export const REPORT_LISTS: {
  readonly [L in keyof ReportLists]: (entry: FileEntry) => ReportLists[L][number] | undefined;
} = {
  upload_errors: (entry) => (failedToUpload(entry) ? [entry.path, message(entry)] : undefined),
  deletion_errors: (entry) => (failedToDelete(entry) ? [entry.path, message(entry)] : undefined),
  uploaded_files: (entry) => (uploaded(entry) ? [entry.path, entry.key ?? ''] : undefined),
  files: (entry) => entry,
};

/** Makes all lists of a report, in memory. */
export function listsOf(entries: readonly FileEntry[]): ReportLists {
  const list = <T>(pick: (entry: FileEntry) => T | undefined) =>
    entries.map(pick).filter((picked) => picked !== undefined);
  return {
    upload_errors: list(REPORT_LISTS.upload_errors),
    deletion_errors: list(REPORT_LISTS.deletion_errors),
    uploaded_files: list(REPORT_LISTS.uploaded_files),
    files: list(REPORT_LISTS.files),
  };
}
