import { Start } from '../../../src/core/start.ts';
import type { FileEntry, ReportSummary } from '../../../src/index.ts';
import { summarize } from '../../../src/report/summarize.ts';
import { Tally } from '../../../src/report/tally.ts';

/** An entry of a report as a run would make it. */
export function entry(path: string, fate: FileEntry['fate'], more: Partial<FileEntry> = {}): FileEntry {
  const proved = fate === 'deleted' || fate === 'kept' || fate === 'unchanged';
  return {
    path,
    key: fate === 'skipped' ? null : `prefix/${path}`,
    size: path.length,
    mtime: null,
    mode: null,
    md5: null,
    etag: null,
    version_id: null,
    proof: proved ? 'etag-md5' : null,
    fate,
    code: fate === 'failed' ? 'UPLOAD_FAILED' : null,
    reason: fate === 'failed' ? 'no luck' : null,
    attempts: 1,
    resumed_bytes: 0,
    seconds: proved ? 0.5 : null,
    ...more,
  };
}

/** The summary of a run that did nothing. */
export function summary(): ReportSummary {
  const options = { source: '/source', bucket: 'bucket', prefix: 'prefix/' };
  const start = new Start();
  return {
    ...summarize({ options, start, tally: new Tally(), failure: undefined }),
    start_time: new Date(0).toISOString(),
    end_time: '',
    duration_seconds: 1,
  };
}
