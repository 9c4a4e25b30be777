import type { OpenStoreOptions } from './open-store.ts';

/** Options of a run, but without a storage class: GLACIER cannot be read at once. */
export function readableAtOnce<O extends OpenStoreOptions>(options: O): O {
  const { storageClass: _, ...object } = options.object ?? {};
  return { ...options, object };
}
