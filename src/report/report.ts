import type { Fate, ProofKind } from '../core/outcomes.ts';
import type { BackupOutcome, Outcome, Settlement } from '../flow/item.ts';
import { ownMetadata } from '../source/own-metadata.ts';

/** What became of one file. docs/report.md explains every field; docs/report.schema.json is the contract. */
export interface FileEntry<E extends Outcome = BackupOutcome> {
  readonly path: string;
  readonly key: string | null;
  readonly size: number | null;
  /** Seconds since 1970 with nine decimals, as in the object's metadata. */
  readonly mtime: string | null;
  /** Octal, with the type of the file, as in the object's metadata. */
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
}

/** The report without its lists: what is known in constant memory. */
export interface ReportSummary {
  readonly schema_version: 1;
  readonly tool_version: string;
  readonly dry_run: boolean;
  readonly exit_code: number;
  readonly interrupted: boolean;
  /** What ended the run as a whole, if anything did. */
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
  /** Not read, because they have not changed since they were stored; so not proved by this run. */
  readonly unread_files: number;
  readonly deleted_files: number;
  readonly failed_deletions: number;
  readonly removed_folders: number;
  /** Left claimed for deletion by a run that crashed, and put back by this one. */
  readonly restored_files: number;
  readonly success_rate_percent: number;
  readonly attempts: number;
  /** Sent by earlier runs that did not come to their end. */
  readonly resumed_bytes: number;
  readonly counts: Readonly<Record<Fate, number>>;
  readonly bytes: Readonly<Record<Fate, number>>;
  /** What a dry run would have uploaded; and what S3 holds already and would only have been deleted here. */
  readonly planned: {
    readonly files: number;
    readonly bytes: number;
    readonly present_files: number;
    readonly present_bytes: number;
  } | null;
  /** The key of the manifest that was stored; null where none was asked for, or where that failed. */
  readonly manifest: string | null;
}

/** The lists of a report, each from the entries alone. */
export interface ReportLists {
  readonly upload_errors: readonly (readonly [path: string, message: string])[];
  readonly deletion_errors: readonly (readonly [path: string, message: string])[];
  readonly uploaded_files: readonly (readonly [path: string, key: string])[];
  readonly files: readonly FileEntry[];
}

export type Report = ReportSummary & ReportLists;

export function entryOf<E extends Outcome>(settlement: Settlement<E>): FileEntry<E> {
  const { path, key, size, identity, md5, etag, versionId, proof, fate, code, reason } = settlement;
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
  };
}

/** A file that failed after its proof is in S3, and only its deletion went wrong. */
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

/** The lists of a report by their names: what each takes from an entry; undefined where the entry is not in it. */
export type Lists<E extends Outcome> = Readonly<Record<string, (entry: FileEntry<E>) => unknown>>;

/** Those of a backup. */
export const REPORT_LISTS: {
  readonly [L in keyof ReportLists]: (entry: FileEntry) => ReportLists[L][number] | undefined;
} = {
  upload_errors: (entry) => (failedToUpload(entry) ? [entry.path, message(entry)] : undefined),
  deletion_errors: (entry) => (failedToDelete(entry) ? [entry.path, message(entry)] : undefined),
  uploaded_files: (entry) => (uploaded(entry) ? [entry.path, entry.key ?? ''] : undefined),
  files: (entry) => entry,
};

/** All lists at once, in memory. */
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
