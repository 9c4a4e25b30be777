import { BackupError } from '../core/errors.ts';
import type { ObjectBytes, Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import { manifestUnreadable } from './entry-check.ts';
import { shortJson } from './record-form.ts';
import { type RunRecord, readRunRecord } from './run-record.ts';

/** Bytes read with one request. */
const PIECE_BYTES = 8 * 1024 * 1024;

/** A manifest or a segment in the bucket, and what it must be about. */
export interface RecordObject {
  readonly key: string;
  /** Name of the object in messages. */
  readonly name: string;
  /** Id of the run. */
  readonly run: string;
  /** Prefix of the backup, as `normalPrefix` returns it. */
  readonly prefix: string;
}

/**
 * Reads the header of a manifest or a segment in the bucket. The entries are read from the bucket as they are consumed.
 *
 * @param onMetadata Called with the metadata of the object.
 * @throws BackupError `MANIFEST_UNREADABLE`; StoreError
 */
export async function readRecordObject(
  store: Store,
  { key, name, run, prefix }: RecordObject,
  onMetadata?: (metadata: ObjectBytes['metadata']) => void,
): Promise<RunRecord> {
  try {
    const record = await readRunRecord(piecesOf(store, key, onMetadata), name);
    requireOfRun(record, run, prefix);
    return record;
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'InvalidObjectState') throw error;
    const quoted = key.replaceAll("'", "'\\''");
    throw new BackupError('MANIFEST_UNREADABLE', `${name} is archived.`, {
      hint: `Ask for it with \`aws s3api restore-object --bucket ${store.bucket} --key '${quoted}' --restore-request Days=7\`, and run again when S3 has it.`,
      cause: error,
    });
  }
}

/**
 * Makes sure that a record is about this run and this prefix. One about another prefix could make the caller read keys that
 * the record's author may not read.
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
  onMetadata: ((metadata: ObjectBytes['metadata']) => void) | undefined,
): AsyncGenerator<Uint8Array, void> {
  let etag: string | undefined;
  for (let start = 0, size = Number.POSITIVE_INFINITY; start < size; start += PIECE_BYTES) {
    const piece = await store.read({ key, etag }, { start, end: start + PIECE_BYTES });
    if (start === 0) onMetadata?.(piece.metadata);
    etag = piece.etag;
    size = piece.size;
    yield piece.bytes;
  }
}
