import { BackupError } from '../core/errors.ts';
import type { ObjectBytes, Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import { manifestUnreadable } from './entry-check.ts';
import { shortJson } from './record-form.ts';
import { type RunRecord, readRunRecord } from './run-record.ts';
import { countsIn, findRun } from './runs.ts';

/** Bytes read with one request. */
const PIECE_BYTES = 8 * 1024 * 1024;

/**
 * Finds the manifest of a run in the bucket and reads its header. The entries are read from the bucket as they are consumed.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @param wanted `latest`, an id, the beginning of an id, or its last eight digits.
 * @throws BackupError `RUN_NOT_FOUND`, `MANIFEST_UNREADABLE`; StoreError
 */
export async function readManifest(store: Store, prefix: string, wanted: string): Promise<RunRecord> {
  const { id, key } = await findRun(store, prefix, wanted);
  try {
    let counts: RunRecord['counts'];
    const pieces = piecesOf(store, key, (metadata) => {
      const { files, bytes } = countsIn(metadata);
      if (files !== null && bytes !== null) counts = { files, bytes };
    });
    const record = await readRunRecord(pieces, `The manifest of run ${id}`);
    requireOfRun(record, id, prefix);
    return { ...record, counts };
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'InvalidObjectState') throw error;
    const quoted = key.replaceAll("'", "'\\''");
    throw new BackupError('MANIFEST_UNREADABLE', `The manifest of run ${id} is archived.`, {
      hint: `Ask for it with \`aws s3api restore-object --bucket ${store.bucket} --key '${quoted}' --restore-request Days=7\`, and run again when S3 has it.`,
      cause: error,
    });
  }
}

/**
 * Makes sure that a manifest is about this run and this prefix. One about another prefix could make the caller read keys that
 * the manifest's author may not read.
 *
 * @throws BackupError `MANIFEST_UNREADABLE`
 */
export function requireOfRun(
  { name, run, prefix: recorded }: Pick<RunRecord, 'name' | 'run' | 'prefix'>,
  id: string,
  prefix: string,
): void {
  const flaw =
    run === id
      ? recorded !== prefix && `it is about the prefix ${shortJson(recorded)}, not ${shortJson(prefix)}`
      : `it is that of ${run === undefined ? 'no run' : `run ${run}`}`;
  if (flaw) throw manifestUnreadable(name, flaw);
}

/** @param onMetadata Called with the metadata of the object before the first piece is yielded. */
async function* piecesOf(
  store: Store,
  key: string,
  onMetadata: (metadata: ObjectBytes['metadata']) => void,
): AsyncGenerator<Uint8Array, void> {
  let etag: string | undefined;
  for (let start = 0, size = Number.POSITIVE_INFINITY; start < size; start += PIECE_BYTES) {
    const piece = await store.read({ key, etag }, { start, end: start + PIECE_BYTES });
    if (start === 0) onMetadata(piece.metadata);
    etag = piece.etag;
    size = piece.size;
    yield piece.bytes;
  }
}
