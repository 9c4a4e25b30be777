import type { FileEntry, ReportSummary } from '../report/report.ts';

/** What the manifest has of each file that was not skipped: one JSON line. docs/verify.md explains the fields. */
export type ManifestEntry = Pick<
  FileEntry,
  'path' | 'key' | 'size' | 'mtime' | 'mode' | 'md5' | 'etag' | 'version_id' | 'fate' | 'proof' | 'code'
>;

/** The first line of a manifest. */
export interface ManifestHeader
  extends Pick<
    ReportSummary,
    'tool_version' | 'start_time' | 'end_time' | 'source' | 'bucket' | 'prefix' | 'interrupted' | 'error'
  > {
  /** The version of this format. */
  readonly s3_backup_manifest: 1;
  /** The run's id. */
  readonly run: string;
  /** Lines that follow. */
  readonly entries: number;
}

/** What is counted of a run; also as metadata of the manifest's object. */
export interface RunCounts {
  /** Files that ended well: deleted, kept or unchanged. */
  readonly files: number;
  readonly bytes: number;
  readonly failed: number;
}

export function countsOf({ counts, bytes }: ReportSummary): RunCounts {
  return {
    files: counts.deleted + counts.kept + counts.unchanged,
    bytes: bytes.deleted + bytes.kept + bytes.unchanged,
    failed: counts.failed,
  };
}

/** The manifest, line by line, each with its end. */
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
  for (const entry of entries) if (entry.fate !== 'skipped') yield `${JSON.stringify(lineOf(entry))}\n`;
}

function lineOf(entry: FileEntry): ManifestEntry {
  const { path, key, size, mtime, mode, md5, etag, version_id, fate, proof, code } = entry;
  return { path, key, size, mtime, mode, md5, etag, version_id, fate, proof, code };
}
