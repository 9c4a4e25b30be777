import { type Found, type Item, settle } from '../flow/item.ts';
import { objectUnder } from '../proof/object-under-key.ts';
import type { KeyLookup } from '../s3/key-lookup.ts';
import type { Store } from '../s3/store.ts';
import { sourceErrorFrom } from '../source/source-error.ts';

/** Whether S3 holds an object under a key, or the reason in words for which it counts as moved. @throws StoreError */
export type IsStored = (key: string) => Promise<boolean | string>;

const STORED =
  'it does not exist here, and S3 holds an object under its key: an earlier run moved it, or stored it before another program deleted it';

/**
 * Makes a function that tells whether S3 holds an object under a key. @param lookup Looks up many keys at once. Default: one
 * HEAD per key.
 */
export function isStoredIn(store: Store, lookup?: KeyLookup): IsStored {
  return async (key) => (await objectUnder(key, { store, lookup })) !== undefined;
}

/**
 * Settles a file that cannot be opened. If a list names a missing file and S3 holds an object under its key, the file is
 * MOVED_BEFORE, so that a list can be moved again after a run that was stopped. Otherwise the error decides.
 *
 * @param isStored Default: the bucket is not asked, and a missing file fails.
 */
export async function settleUnopened(
  file: Found & { readonly key?: string },
  error: unknown,
  isStored: IsStored | undefined,
): Promise<Item<never>> {
  const { code, message, fate } = sourceErrorFrom(error);
  if (code === 'NOT_FOUND' && isStored && file.key !== undefined && file.writtenBefore === undefined) {
    // If the store does not answer, the file is reported as missing.
    const isThere = await isStored(file.key).catch(() => false);
    const reason = typeof isThere === 'string' ? isThere : STORED;
    if (isThere) return settle(file, 'skipped', { code: 'MOVED_BEFORE', reason });
  }
  return settle(file, fate, { code, reason: message });
}
