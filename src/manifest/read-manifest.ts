import type { Store } from '../s3/store.ts';
import { readRecordObject } from './read-object.ts';
import { readSegments } from './read-segments.ts';
import type { RunRecord } from './run-record.ts';
import { countsIn, findRun, type StoredRun } from './runs.ts';

/**
 * Finds the manifest of a run in the bucket and reads its header. The entries are read from the bucket as they are consumed. If
 * the run has stored no manifest, its segments are read instead: what it recorded before it was killed.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @param wanted `latest`, an id, the beginning of an id, or its last eight digits.
 * @throws BackupError `RUN_NOT_FOUND`, `MANIFEST_UNREADABLE`; StoreError
 */
export async function readManifest(store: Store, prefix: string, wanted: string): Promise<RunRecord> {
  return readStoredRun(store, prefix, await findRun(store, prefix, wanted));
}

/**
 * Reads the header of a run's manifest, or of its segments if it has stored no manifest. The entries are read from the bucket as
 * they are consumed.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @throws BackupError `RUN_NOT_FOUND`, `MANIFEST_UNREADABLE`; StoreError
 */
export async function readStoredRun(store: Store, prefix: string, stored: StoredRun): Promise<RunRecord> {
  const { id: run, key, isUnfinished } = stored;
  if (isUnfinished) return readSegments(store, prefix, stored);
  let counts: RunRecord['counts'];
  const object = { key, name: `The manifest of run ${run}`, run, prefix };
  const record = await readRecordObject(store, object, (metadata) => {
    const { files, bytes } = countsIn(metadata);
    if (files !== null && bytes !== null) counts = { files, bytes };
  });
  return { ...record, counts };
}
