import type { Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import type { Chosen } from './item.ts';
import { isAboutAnotherWrite, RestoreError } from './restore-error.ts';

/** How one write of an object is fetched. */
export interface FetchWriteOptions<F, T> {
  readonly store: Store;
  /** Fetches the write that the object is pinned to by its ETag and version. */
  readonly fetchPinned: (file: F) => Promise<T>;
  /** Whether another write may be fetched in place of one that is gone. Default: always. */
  readonly mayBeginAgain?: () => boolean;
}

/**
 * Fetches the write of an object that is wanted. If it was overwritten meanwhile, the current write is fetched instead, unless the
 * content that a run recorded is wanted.
 *
 * @throws RestoreError `OBJECT_CHANGED` or `OBJECT_REPLACED`, and the errors of `fetchPinned`
 */
export function fetchWrite<F extends Chosen, T>(file: F, options: FetchWriteOptions<F, T>): Promise<T> {
  return file.recorded ? fetchRecorded(file, options) : fetchCurrent(file, options);
}

async function fetchCurrent<F extends Chosen, T>(file: F, options: FetchWriteOptions<F, T>): Promise<T> {
  const { fetchPinned, mayBeginAgain = always } = options;
  try {
    return await fetchPinned(file.etag === undefined ? await withCurrentState(file, options) : file);
  } catch (error) {
    if (!isAboutAnotherWrite(error) || !mayBeginAgain()) throw error;
  }
  try {
    return await fetchPinned(await withCurrentState(file, options));
  } catch (error) {
    if (!isAboutAnotherWrite(error) || !mayBeginAgain()) throw error;
    throw new RestoreError('OBJECT_CHANGED', 'it was overwritten twice while it was read');
  }
}

async function fetchRecorded<F extends Chosen, T>(file: F, options: FetchWriteOptions<F, T>): Promise<T> {
  const { fetchPinned, mayBeginAgain = always } = options;
  try {
    return await fetchPinned(file);
  } catch (error) {
    // The version was deleted, or this bucket is a copy with other version ids. The current object may have the same ETag.
    const isOfVersion = error instanceof StoreError && (error.status === 404 || error.status === 400);
    if (isOfVersion && file.versionId !== undefined && mayBeginAgain())
      return fetchRecorded({ ...file, versionId: undefined }, options);
    if (!isAboutAnotherWrite(error)) throw error;
    throw new RestoreError('OBJECT_REPLACED', 'other content has come under its key while it was read');
  }
}

const always = () => true;

async function withCurrentState<F extends Chosen>(file: F, { store }: { readonly store: Store }): Promise<F> {
  const { key, versionId } = file;
  const { etag, size = 0 } = await store.head({ key, versionId });
  return { ...file, etag, size };
}
