import type { RunRecord } from '../../manifest/run-record.ts';

/** Note for a record that is read from the segments of a run. */
export function unfinishedNote({ run = '' }: Pick<RunRecord, 'run'>): string {
  return `run ${run} has stored no manifest: it was killed, or is still at work; what it has recorded is read`;
}
