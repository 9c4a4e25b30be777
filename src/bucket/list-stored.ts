import type { PathScope } from '../core/path-scope.ts';
import { mapInOrder } from '../flow/map-in-order.ts';
import { type EtagForm, etagFormOf } from '../proof/etag-form.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import type { ListedObject, Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';

/** One line of `s3-backup ls --json`. docs/verify.md explains the fields. */
export interface StoredObject {
  /** The key without the prefix. */
  readonly path: string;
  readonly key: string;
  /** Bytes; null if the listing does not tell. */
  readonly size: number | null;
  /** When the object was written, by the store's clock: ISO 8601, UTC. */
  readonly stored: string | null;
  readonly class: string;
  readonly etag: string | null;
  /** What the object can be compared by without being read. */
  readonly proof: EtagForm | 'checksum';
}

/** ... with what its metadata tells of the file that it was: null where another program has stored it. */
export interface DetailedObject extends StoredObject {
  /** Seconds since 1970 with nine decimals. */
  readonly mtime: string | null;
  /** As the metadata has it: octal, but decimal from s3fs. */
  readonly mode: string | null;
}

export interface ListStoredOptions {
  readonly store: Store;
  /** As `normalPrefix` gives it. */
  readonly prefix: string;
  readonly scope: PathScope;
}

/** HEADs under way at the same time. */
const HEADS_AT_ONCE = 16;

/**
 * What is below a prefix, in the order of the keys where the store lists so: one request for a thousand objects.
 *
 * @throws StoreError
 */
export async function* storedObjects(options: ListStoredOptions): AsyncGenerator<StoredObject, void> {
  const { store, prefix, scope } = options;
  for await (const object of store.list(prefix + scope.head)) {
    const path = object.key.slice(prefix.length);
    if (scope.includesObject(path)) yield listed(path, object, store.bucket);
  }
}

/**
 * The same, with a HEAD for each: what a listing does not tell.
 *
 * @throws StoreError
 */
export function detailedObjects(options: ListStoredOptions): AsyncGenerator<DetailedObject, void> {
  return mapInOrder(storedObjects(options), HEADS_AT_ONCE, async (object) => {
    const state = await headUnlessUnreadable(options.store, object.key);
    if (state === undefined) return { ...object, mtime: null, mode: null };
    const { mtime = null, mode = null } = state.metadata ?? {};
    const size = object.size ?? state.size ?? null;
    return { ...object, size, proof: proofOf(state, options.store.bucket), mtime, mode };
  });
}

function listed(path: string, object: ListedObject, bucket: string): StoredObject {
  const { key, size, etag, lastModified, storageClass } = object;
  return {
    path,
    key,
    size: size ?? null,
    stored: lastModified === undefined ? null : new Date(lastModified).toISOString(),
    class: storageClass ?? 'STANDARD',
    etag: etag ?? null,
    proof: etagFormOf({ etag }, bucket),
  };
}

/** A checksum of the parts' checksums cannot be computed from the file without knowing the parts. */
function proofOf(state: ObjectState, bucket: string): StoredObject['proof'] {
  const form = etagFormOf(state, bucket);
  const isChecked = Object.values(state.checksums).some((checksum) => checksum?.includes('-') === false);
  return form === 'opaque' && isChecked ? 'checksum' : form;
}

/** Undefined for one that was deleted meanwhile (404), or that is encrypted with a key of somebody's own (SSE-C: 400). */
async function headUnlessUnreadable(store: Store, key: string): Promise<ObjectState | undefined> {
  try {
    return await store.head({ key });
  } catch (error) {
    if (error instanceof StoreError && (error.status === 404 || error.status === 400)) return undefined;
    throw error;
  }
}
