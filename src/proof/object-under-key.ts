import { headIfThere } from '../s3/head-if-there.ts';
import type { KeyLookup } from '../s3/key-lookup.ts';
import type { Store } from '../s3/store.ts';
import { type ObjectState, stateFromListing } from './rules/object-state.ts';

/**
 * Looks up the object under a key, in a listing if one is used and tells the size, else by HEAD.
 *
 * @returns undefined if there is no object
 * @throws StoreError if S3 does not answer
 */
export async function objectUnder(
  key: string,
  { store, lookup }: { readonly store: Store; readonly lookup?: KeyLookup | undefined },
): Promise<ObjectState | undefined> {
  const listed = (await lookup?.find(key)) ?? 'unknown';
  if (listed === 'absent') return undefined;
  const isTold = listed !== 'unknown' && listed.size !== undefined;
  return isTold ? stateFromListing(listed) : headIfThere(store, { key });
}
