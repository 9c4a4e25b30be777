import type { Store } from '../s3/store.ts';
import { type RunEnd, readRunEnd } from './run-end.ts';
import { isLater, listRuns, type StoredRun } from './runs.ts';

/** The last successful run, and what came after it. */
export interface LastSuccess {
  /** Undefined if none of the runs that were looked at was successful. */
  readonly success: RunEnd | undefined;
  /** Later runs that were not successful, the latest first. */
  readonly failures: readonly RunEnd[];
  /** Number of runs whose manifests, or segments, are stored. */
  readonly runs: number;
}

/** Most manifests that are read: hourly runs that have failed for four days. */
const MOST_READ = 100;

/**
 * Finds the last successful run below a prefix: lists the manifests, then reads them one by one, the latest first, until one
 * tells of success; at most 100.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @throws StoreError
 */
export async function findLastSuccess(store: Store, prefix: string): Promise<LastSuccess> {
  const runs: StoredRun[] = [];
  for await (const run of listRuns(store, prefix)) runs.push(run);
  const failures: RunEnd[] = [];
  for (const run of runs.sort((a, b) => (isLater(a, b) ? -1 : 1)).slice(0, MOST_READ)) {
    const end = await readRunEnd(store, prefix, run);
    if (end.flaw === undefined) return { success: end, failures, runs: runs.length };
    failures.push(end);
  }
  return { success: undefined, failures, runs: runs.length };
}
