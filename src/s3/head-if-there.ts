import type { ObjectState } from '../proof/rules/object-state.ts';
import type { ObjectPin, Store } from './store.ts';
import { isNotFound } from './store-error.ts';

/** Sends HEAD; undefined if there is no object. */
export async function headIfThere(store: Store, pin: ObjectPin): Promise<ObjectState | undefined> {
  try {
    return await store.head(pin);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
