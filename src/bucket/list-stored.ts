/** The room `bucket` is about the whole bucket: it lists what is stored, and cleans up leftovers (cleanup.ts). */
import type { PathScope } from '../core/path-scope.ts';
import { mapInOrder } from '../flow/map-in-order.ts';
import { type EtagForm, etagFormOf } from '../proof/etag-form.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import type { ListedObject, Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';

/** One line of `s3-backup ls --json`. docs/verify.md explains the fields. */
export interface StoredObject {
  /** Key without the prefix. */
  readonly path: string;
  readonly key: string;
  /** Size in bytes; null if the listing does not report it. */
  readonly size: number | null;
  /** When the object was written, by the store's clock: ISO 8601, UTC; null if the listing does not report it. */
  readonly stored: string | null;
  /** Storage class. */
  readonly class: string;
  readonly etag: string | null;
  /** The kind of digest by which a file can be compared with the object without reading the object. */
  readonly proof: EtagForm | 'checksum';
}

/** One line of `s3-backup ls --long --json`: a stored object with mtime and mode of its file. */
export interface DetailedObject extends StoredObject {
  /** Modification time of the file in seconds since 1970 with nine decimals; null if the metadata has none. */
  readonly mtime: string | null;
  /** Mode of the file as the metadata has it: octal, but decimal if s3fs stored it; null if the metadata has none. */
  readonly mode: string | null;
}

/** What to list. */
export interface ListStoredOptions {
  readonly store: Store;
  /** Prefix as `normalPrefix` returns it. */
  readonly prefix: string;
  /** Paths below the prefix that are listed. */
  readonly scope: PathScope;
}

/** Concurrent HEAD requests. */
const HEADS_AT_ONCE = 16;

/**
 * Lists the objects below a prefix, in the order in which the store lists keys. Costs one request per thousand objects.
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
 * Lists the objects below a prefix with what only HeadObject reports, so it costs one more request per object.
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

/** Digest by which an object can be compared. A composite checksum does not count: it needs the part size, which is unknown. */
function proofOf(state: ObjectState, bucket: string): StoredObject['proof'] {
  const form = etagFormOf(state, bucket);
  const isChecked = Object.values(state.checksums).some((checksum) => checksum?.includes('-') === false);
  return form === 'opaque' && isChecked ? 'checksum' : form;
}

/** State of an object; undefined if it was deleted meanwhile (404) or is encrypted with another customer's key (SSE-C: 400). */
async function headUnlessUnreadable(store: Store, key: string): Promise<ObjectState | undefined> {
  try {
    return await store.head({ key });
  } catch (error) {
    if (error instanceof StoreError && (error.status === 404 || error.status === 400)) return undefined;
    throw error;
  }
}
