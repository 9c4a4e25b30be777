import { secondsSince } from '../core/seconds-since.ts';
import type { Limit } from '../flow/adaptive-limit.ts';
import { assignCopy } from '../flow/assign-copy.ts';
import { type Item, pass, settle } from '../flow/item.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { BytesContent, MAX_WHOLE_BYTES } from '../proof/local-content.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import type { ArchiveRequest } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import { requestArchivedCopy } from './archived.ts';
import { fetchLarge, type LargeOptions } from './fetch-large.ts';
import type { Fetched } from './fetched.ts';
import type { Missing } from './item.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { readAndProve } from './read-and-prove.ts';
import { isAboutAnotherWrite, RestoreError } from './restore-error.ts';
import { settleObjectByError } from './trouble.ts';
import { WholeReceiver } from './whole-receiver.ts';

/** Options of stage 5. */
export interface FetchOptions extends LargeOptions {
  /** How archived objects are requested. */
  readonly archive: { readonly days: number; readonly tier: ArchiveRequest['tier'] };
  /** Number of objects fetched at the same time. */
  readonly concurrency: number | Limit;
  /** Called for every object that was read and proved, with its size in bytes. */
  readonly onFetched?: ((bytes: number) => void) | undefined;
}

/**
 * Stage 5 of a restore: reads the content of each object and proves it.
 *
 * - In: objects without an equal local file. Out: the same with their content and its proof. Content of up to 8 MiB is in
 *   memory, larger content in a temporary file in the folder where it belongs.
 * - A partial file of an earlier run is resumed. The proof covers the whole content.
 * - Content is read once more from its beginning if S3 refutes it, or if it has no proof and was resumed or sent in parts.
 * - An object that was overwritten meanwhile is read again, unless the content that a run recorded is wanted.
 * - Settles as requested (ARCHIVED); as failed: DOWNLOAD_FAILED, NOT_FOUND, OBJECT_CHANGED, OBJECT_REPLACED, CONTENT_DIFFERS,
 *   WRITE_FAILED, INTERRUPTED, RUN_FAILED. A temporary file stays if another run can resume it.
 * - Memory: is reserved before each request.
 */
export function fetch(options: FetchOptions): Stage<Missing, Fetched, RestoreOutcome> {
  const { control } = options;
  return stage(options.concurrency, async (file: Missing): Promise<Item<Fetched, RestoreOutcome>> => {
    if (control.stopping.aborted) return settle<RestoreOutcome>(file, 'failed', control.reason);
    const begun = performance.now();
    try {
      const fetched = file.recorded ? await fetchRecorded(file, options) : await fetchCurrent(file, options);
      options.onFetched?.(fetched.size);
      return pass(Object.assign(fetched, { seconds: secondsSince(begun) }));
    } catch (error) {
      if (error instanceof StoreError && error.code === 'InvalidObjectState') return ask(file, options);
      return settleObjectByError(assignCopy(file, { seconds: secondsSince(begun) }), error, options);
    }
  });
}

/** Requests an archived copy. Only for objects that S3 refused to read: it costs money and needs s3:RestoreObject. */
async function ask(file: Missing, options: FetchOptions): Promise<Item<never, RestoreOutcome>> {
  try {
    const reason = await requestArchivedCopy(file, options.archive, options.store);
    return settle<RestoreOutcome>(file, 'requested', { code: 'ARCHIVED', reason });
  } catch (error) {
    return settleObjectByError(file, error, options);
  }
}

async function fetchCurrent(file: Missing, options: FetchOptions): Promise<Fetched> {
  try {
    return await fetchPinned(file.etag === undefined ? await withCurrentState(file, options) : file, options);
  } catch (error) {
    if (!isAboutAnotherWrite(error)) throw error;
  }
  try {
    return await fetchPinned(await withCurrentState(file, options), options);
  } catch (error) {
    if (!isAboutAnotherWrite(error)) throw error;
    throw new RestoreError('OBJECT_CHANGED', 'it was overwritten twice while it was read');
  }
}

/**
 * Fetches the write of an object that a run recorded. Mode and mtime come from the record: an earlier run may have stored the
 * object with another mode and mtime.
 */
async function fetchRecorded(file: Missing, options: FetchOptions): Promise<Fetched> {
  const { recorded, versionId } = file;
  try {
    const fetched = await fetchPinned(file, options);
    const mtime = recorded?.mtime ?? fetched.metadata.mtime ?? '';
    const mode = recorded?.mode ?? fetched.metadata.mode ?? '';
    return { ...fetched, metadata: { ...fetched.metadata, mtime, mode } };
  } catch (error) {
    // The version was deleted, or this bucket is a copy with other version ids. The current object may have the same ETag.
    const isOfVersion = error instanceof StoreError && (error.status === 404 || error.status === 400);
    if (isOfVersion && versionId !== undefined)
      return fetchRecorded({ ...file, versionId: undefined }, options);
    if (!isAboutAnotherWrite(error)) throw error;
    throw new RestoreError('OBJECT_REPLACED', 'other content has come under its key while it was read');
  }
}

async function withCurrentState(file: Missing, { store }: FetchOptions): Promise<Missing> {
  const { key, versionId } = file;
  const { etag, size = 0 } = await store.head({ key, versionId });
  return { ...file, etag, size };
}

function fetchPinned(file: Missing, options: FetchOptions): Promise<Fetched> {
  return file.size > MAX_WHOLE_BYTES ? fetchLarge(file, options) : fetchSmall(file, options);
}

async function fetchSmall(file: Missing, options: FetchOptions): Promise<Fetched> {
  const { store, reading, onRead } = options;
  const { key, etag, versionId, size, recorded } = file;
  const lease = await reading.pool.lease(size);
  try {
    let bytes: Buffer = lease.bytes;
    const attempt = async () => {
      const receiver = new WholeReceiver(lease.bytes);
      const object = await store.read({ key, etag, versionId }, undefined, receiver);
      // Some stores ignore If-Match.
      if (recorded && (!isSameEtag(object.etag, etag) || object.size !== size))
        throw new RestoreError('OBJECT_CHANGED', 'it was overwritten');
      bytes = object.bytes.length > 0 ? object.bytes : receiver.bytes;
      onRead?.(bytes.length);
      const content = new BytesContent(bytes, reading.md5s);
      return { object: { ...object, key, versionId }, content };
    };
    const result = await readAndProve(attempt, { ...options, recorded });
    return { ...file, ...result, body: { bytes, lease }, resumedBytes: 0 };
  } catch (error) {
    lease.release();
    throw error;
  }
}
