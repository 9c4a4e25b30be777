import { secondsSince } from '../core/seconds-since.ts';
import type { Limit } from '../flow/adaptive-limit.ts';
import { assignCopy } from '../flow/assign-copy.ts';
import { CountedFile, type FileInWork } from '../flow/file-in-work.ts';
import { type Item, pass, settle } from '../flow/item.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { MAX_WHOLE_BYTES } from '../proof/local-content.ts';
import type { ArchiveRequest } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import { ByteCount } from '../source/byte-count.ts';
import { requestArchivedCopy } from './archived.ts';
import { fetchLarge, type LargeOptions } from './fetch-large.ts';
import { fetchSmall } from './fetch-small.ts';
import { fetchWrite } from './fetch-write.ts';
import type { Fetched } from './fetched.ts';
import type { Missing } from './item.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { settleObjectByError } from './trouble.ts';

/** Options of stage 5. */
export interface FetchOptions extends LargeOptions {
  /** How archived objects are requested. */
  readonly archive: { readonly days: number; readonly tier: ArchiveRequest['tier'] };
  /** Number of objects fetched at the same time. */
  readonly concurrency: number | Limit;
  /** Called for every object that was read and proved, with its size in bytes. */
  readonly onFetched?: ((bytes: number) => void) | undefined;
  /** Called as bytes arrive, with their number. Bytes of a read that is repeated count again. */
  readonly onReceived?: ((bytes: number) => void) | undefined;
  /** The stage adds each object when it begins to read it, and removes it at the end. Default: no progress is shown. */
  readonly inWork?: Set<FileInWork> | undefined;
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
    const followed = follow(file, options);
    const own = followed ? { ...options, received: followed.received } : options;
    try {
      const fetched = await fetchWanted(file, own);
      options.onFetched?.(fetched.size);
      return pass(Object.assign(fetched, { seconds: secondsSince(begun) }));
    } catch (error) {
      if (error instanceof StoreError && error.code === 'InvalidObjectState') return ask(file, options);
      return settleObjectByError(assignCopy(file, { seconds: secondsSince(begun) }), error, options);
    } finally {
      if (followed) options.inWork?.delete(followed.file);
    }
  });
}

/** Counts the bytes of an object as they arrive, if the options ask for it. */
function follow(
  missing: Missing,
  { onReceived, inWork }: FetchOptions,
): { readonly file: FileInWork; readonly received: ByteCount } | undefined {
  if (onReceived === undefined && inWork === undefined) return undefined;
  const received = new ByteCount(onReceived);
  const file = new CountedFile(missing.path, missing, () => received.total);
  inWork?.add(file);
  return { file, received };
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

/**
 * Fetches the write that is wanted. Mode and mtime of what a run recorded come from the record: an earlier run may have stored the
 * object with another mode and mtime.
 */
async function fetchWanted(file: Missing, options: FetchOptions): Promise<Fetched> {
  const { store } = options;
  const fetched = await fetchWrite(file, { store, fetchPinned: (pinned) => fetchPinned(pinned, options) });
  if (!file.recorded) return fetched;
  const { metadata } = fetched;
  const mtime = file.recorded.mtime ?? metadata.mtime ?? '';
  const mode = file.recorded.mode ?? metadata.mode ?? '';
  return { ...fetched, metadata: { ...metadata, mtime, mode } };
}

function fetchPinned(file: Missing, options: FetchOptions): Promise<Fetched> {
  return file.size > MAX_WHOLE_BYTES ? fetchLarge(file, options) : fetchSmall(file, options);
}
