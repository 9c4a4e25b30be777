import { headIfThere } from '../s3/head-if-there.ts';
import type { KeyLookup } from '../s3/key-lookup.ts';
import type { Store } from '../s3/store.ts';
import { type ObjectState, stateFromListing } from './rules/object-state.ts';

/**
 * What is under a key: read from a listing where one is worth it and tells the size, else by HEAD. Undefined when there is nothing.
 *
 * @throws StoreError
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
