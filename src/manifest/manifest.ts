/** The room `manifest` writes and reads the records that runs store beside the files in the bucket. */
import { VERSION } from '../core/version.ts';
import type { FileEntry, ReportSummary } from '../report/report.ts';

/** One line of a manifest: a file that was not skipped. docs/verify.md explains the fields. */
export interface ManifestEntry
  extends Pick<
    FileEntry,
    'path' | 'key' | 'size' | 'mtime' | 'mode' | 'md5' | 'etag' | 'version_id' | 'fate' | 'proof' | 'code'
  > {
  /** Why a file failed, in at most 500 characters. Undefined or null for any other file, and in a segment. */
  readonly reason?: string | null | undefined;
}

/** A line has 64 KiB at most, most of which a path and a key can take. */
const LONGEST_REASON = 500;

/** The first line of a manifest. */
export interface ManifestHeader
  extends Pick<
    ReportSummary,
    'tool_version' | 'start_time' | 'end_time' | 'source' | 'bucket' | 'prefix' | 'interrupted' | 'error'
  > {
  /** Version of the format. */
  readonly s3_backup_manifest: 1;
  /** Id of the run. */
  readonly run: string;
  /** Number of lines that follow. */
  readonly entries: number;
}

/** Facts about a run that each of its segments repeats, and where its records are. */
export interface SegmentRun
  extends Pick<ManifestHeader, 'run' | 'start_time' | 'source' | 'bucket' | 'prefix'> {
  /** Folder of the records, as `recordsFolder` returns it. Default: that of runs on no shard. */
  readonly folder?: string | undefined;
}

/** The first line of a segment: a manifest of some files of a run, stored while the run is at work. */
export interface SegmentHeader extends Omit<ManifestHeader, 'end_time' | 'interrupted' | 'error'> {
  /** Name of the segment. */
  readonly segment: string;
}

/** Counts of a run, which are also stored as metadata of the manifest's object. */
export interface RunCounts {
  /** Files that ended well: deleted, kept or unchanged. */
  readonly files: number;
  /** Size of these files in bytes. */
  readonly bytes: number;
  /** Files that failed. */
  readonly failed: number;
}

/** Takes the counts from a report's summary. */
export function countsOf({ counts, bytes }: ReportSummary): RunCounts {
  return {
    files: counts.deleted + counts.kept + counts.unchanged,
    bytes: bytes.deleted + bytes.kept + bytes.unchanged,
    failed: counts.failed,
  };
}

/** Yields the lines of a manifest, each with its line end. @param run Id of the run. */
export function* manifestLines(
  run: string,
  summary: ReportSummary,
  entries: Iterable<FileEntry>,
): Generator<string, void> {
  const { tool_version, start_time, end_time, source, bucket, prefix, interrupted, error } = summary;
  const header: ManifestHeader = {
    s3_backup_manifest: 1,
    run,
    tool_version,
    start_time,
    end_time,
    source,
    bucket,
    prefix,
    interrupted,
    error,
    entries: summary.total_files - summary.counts.skipped,
  };
  yield `${JSON.stringify(header)}\n`;
  for (const entry of entries) if (entry.fate !== 'skipped') yield manifestLine(entry, reasonOf(entry));
}

/** Makes the line of one file, with its line end. @param reason Why it failed. Default: the line does not say it. */
export function manifestLine(entry: FileEntry, reason?: string): string {
  const { path, key, size, mtime, mode, md5, etag, version_id, fate, proof, code } = entry;
  const facts = { path, key, size, mtime, mode, md5, etag, version_id, fate, proof, code };
  const line: ManifestEntry = reason === undefined ? facts : { ...facts, reason };
  return `${JSON.stringify(line)}\n`;
}

function reasonOf({ fate, reason }: FileEntry): string | undefined {
  return fate === 'failed' ? reason?.slice(0, LONGEST_REASON) : undefined;
}

/** Makes the first line of a segment, with its line end. @param segment Name of the segment. @param entries Number of its lines. */
export function segmentHead(run: SegmentRun, segment: string, entries: number): string {
  const { run: id, start_time, source, bucket, prefix } = run;
  const header: SegmentHeader = {
    s3_backup_manifest: 1,
    run: id,
    segment,
    tool_version: VERSION,
    start_time,
    source,
    bucket,
    prefix,
    entries,
  };
  return `${JSON.stringify(header)}\n`;
}
