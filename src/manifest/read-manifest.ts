import type { Store } from '../s3/store.ts';
import { type RunRecord, readRunRecord } from './run-record.ts';
import { findRun } from './runs.ts';

/**
 * Reads what a run has stored about itself.
 *
 * @param prefix As `normalPrefix` gives it.
 * @param wanted As `findRun` takes it.
 * @throws BackupError `RUN_NOT_FOUND`, `MANIFEST_UNREADABLE`; StoreError
 */
export async function readManifest(store: Store, prefix: string, wanted: string): Promise<RunRecord> {
  const { id, key } = await findRun(store, prefix, wanted);
  return readRunRecord(store.read({ key }), `The manifest of run ${id}`);
}
