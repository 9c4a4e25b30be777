import type { ManifestEntry } from '../manifest/manifest.ts';
import { readStoredRun } from '../manifest/read-manifest.ts';
import type { RunRecord } from '../manifest/run-record.ts';
import { isStored } from '../manifest/stored-entry.ts';
import type { Store } from '../s3/store.ts';
import { SeenPaths } from '../source/seen-paths.ts';
import type { ShardRuns } from './ended-shards.ts';

/** A record of one run of a shard, whose entries are read as they are consumed. */
interface ShardRecord extends Pick<RunRecord, 'entries'> {
  /** Whether a later run of the shard has come to its end. */
  readonly isSuperseded: boolean;
}

/**
 * Opens the records of all runs of a shard, the latest first: those that have stored no manifest by their segments.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @throws BackupError `MANIFEST_UNREADABLE`; StoreError
 */
export async function openShardRecords(
  store: Store,
  prefix: string,
  { runs, complete }: ShardRuns,
): Promise<readonly ShardRecord[]> {
  const records: ShardRecord[] = [];
  let isSuperseded = false;
  for (const run of runs) {
    const { entries } = await readStoredRun(store, prefix, run);
    records.push({ entries, isSuperseded });
    isSuperseded ||= run === complete;
  }
  return records;
}

/**
 * Yields what the runs of a shard have done together: each object with its latest record, and what failed in the last run.
 *
 * - An entry about an object that a later one is about is left out: an attempt that was killed recorded a deletion that did not
 *   come, or the file has changed and was stored again.
 * - What an earlier attempt deleted is found by no later one, and has only this record.
 * - What failed before a run that came to its end does not count: that run has looked at all files of the shard, and has recorded
 *   those that failed again. The others are stored by now, or gone.
 * - A file that failed does not hide the record of an object that an earlier attempt has stored under its key: that object is there.
 *
 * Memory: 8 to 16 bytes for each stored file of a shard with several runs.
 *
 * @param records The latest first, as `openShardRecords` returns them.
 * @throws BackupError `MANIFEST_UNREADABLE`; StoreError
 */
export async function* entriesOfShard(records: readonly ShardRecord[]): AsyncGenerator<ManifestEntry, void> {
  const seen = records.length > 1 ? new SeenPaths() : undefined;
  for (const { entries, isSuperseded } of records)
    for await (const entry of entries) {
      if (isSuperseded && entry.fate === 'failed') continue;
      if (seen === undefined || !isStored(entry) || seen.add(entry.key)) yield entry;
    }
}
