import { type Found, type Item, settle } from '../flow/item.ts';
import { objectUnder } from '../proof/object-under-key.ts';
import type { KeyLookup } from '../s3/key-lookup.ts';
import type { Store } from '../s3/store.ts';
import { sourceErrorFrom } from '../source/source-error.ts';

/** Whether S3 holds something under a key. @throws StoreError */
export type IsStored = (key: string) => Promise<boolean>;

/** @param lookup Finds out about many keys at once. Default: one HEAD a key. */
export function isStoredIn(store: Store, lookup?: KeyLookup): IsStored {
  return async (key) => (await objectUnder(key, { store, lookup })) !== undefined;
}

/**
 * Settles a file of a list that cannot be opened: MOVED_BEFORE if it is not here and S3 holds something under its key, so
 * that a list can be moved again after a run that was stopped; else by the error.
 *
 * @param isStored Default: the bucket is not asked, and a missing file has failed.
 */
export async function settleUnopened(
  file: Found & { readonly key?: string },
  error: unknown,
  isStored: IsStored | undefined,
): Promise<Item<never>> {
  const { code, message, fate } = sourceErrorFrom(error);
  if (code === 'NOT_FOUND' && isStored && file.key !== undefined && file.writtenBefore === undefined) {
    // If the store does not answer, the file is still not here.
    const isThere = await isStored(file.key).catch(() => false);
    const reason = 'it is not here, and S3 holds an object under its key: an earlier run has moved it';
    if (isThere) return settle(file, 'skipped', { code: 'MOVED_BEFORE', reason });
  }
  return settle(file, fate, { code, reason: message });
}
