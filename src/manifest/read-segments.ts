import { BackupError } from '../core/errors.ts';
import type { Store } from '../s3/store.ts';
import { SeenPaths } from '../source/seen-paths.ts';
import type { ManifestEntry } from './manifest.ts';
import { readRecordObject } from './read-object.ts';
import type { RunRecord } from './run-record.ts';
import type { StoredRun } from './runs.ts';
import { addCounts, listSegments, type StoredSegment } from './segments.ts';
import { isStored } from './stored-entry.ts';

/**
 * Reads what a run has recorded that has stored no manifest: its segments, the newest first. An entry about an object that a newer
 * one is about is left out: the file changed and was stored again, or it was not deleted although its deletion was recorded.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @throws BackupError `RUN_NOT_FOUND`, `MANIFEST_UNREADABLE`; StoreError
 */
export async function readSegments(
  store: Store,
  prefix: string,
  { id: run, key: folder }: Pick<StoredRun, 'id' | 'key'>,
): Promise<RunRecord> {
  const segments: StoredSegment[] = [];
  const counts = { files: 0, bytes: 0, failed: 0 };
  for await (const segment of listSegments(store, folder)) {
    segments.push(segment);
    addCounts(counts, segment.counts);
  }
  const [newest, ...older] = segments.sort((a, b) => (a.name > b.name ? -1 : 1));
  if (newest === undefined)
    throw new BackupError(
      'RUN_NOT_FOUND',
      `No segment of run ${run} is below s3://${store.bucket}/${folder}`,
    );
  const read = ({ key, name }: StoredSegment) =>
    readRecordObject(store, { key, name: `Segment ${name} of run ${run}`, run, prefix });
  const first = await read(newest);
  async function* entries(): AsyncGenerator<ManifestEntry, void> {
    const seen = new SeenPaths();
    yield* unseen(first, seen);
    for (const segment of older) yield* unseen(await read(segment), seen);
  }
  const { bucket } = first;
  return {
    name: `The record of run ${run}`,
    run,
    bucket,
    prefix,
    counts,
    isUnfinished: true,
    entries: entries(),
  };
}

/** @param seen Keys of stored entries. Each takes 8 to 16 bytes of memory. */
async function* unseen({ entries }: RunRecord, seen: SeenPaths): AsyncGenerator<ManifestEntry, void> {
  for await (const entry of entries) if (!isStored(entry) || seen.add(entry.key)) yield entry;
}
