import { BackupError } from '../core/errors.ts';
import { normalPrefix } from '../core/key.ts';
import { checked } from '../core/require-options.ts';
import { destinationName, destinationResource } from '../lock/resource.ts';
import { takeLocks } from '../lock/take-locks.ts';
import { accessErrorFrom, requireAccess } from '../s3/access.ts';
import { isDue, type LeftProbe, leftProbes, removeProbe } from '../s3/left-probes.ts';
import type { UnfinishedUpload } from '../s3/multipart/unfinished-uploads.ts';
import { Store, type StoreOptions } from '../s3/store.ts';
import { fatalFrom, StoreError } from '../s3/store-error.ts';

export interface CleanupOptions extends StoreOptions {
  /** Only uploads whose keys begin with it; a `/` is put after it. Default '': the whole bucket. */
  readonly prefix?: string | undefined;
  /**
   * Least time since an upload was begun and since its last part came. Above 0 one whose parts cannot be listed is `failed`.
   * Default 7 days.
   */
  readonly olderThanSeconds?: number | undefined;
  /** Whether to say only what would be aborted. Default false. */
  readonly dryRun?: boolean | undefined;
}

/** An upload that was neither completed nor aborted, or what `status` wrote to try, and what became of it now. */
export interface Leftover {
  readonly key: string;
  /** Undefined for an object that a `status` has left. */
  readonly uploadId: string | undefined;
  /** When it was begun or written, by the store's clock; undefined where the store does not say. */
  readonly begun: Date | undefined;
  /** Of the parts that the store holds, which are billed, or of the object; undefined where it does not list them. */
  readonly bytes: number | undefined;
  readonly parts: number | undefined;
  /** `aborted`, or `removed` where it was an object; `left`: it is younger; `due`: what a dry run would have done so. */
  readonly outcome: 'aborted' | 'removed' | 'due' | 'left' | 'failed';
  /** Why that failed, or nobody can tell its age. */
  readonly reason: string | undefined;
}

/** `Date` is cut off to whole seconds. */
const LESS_THAN_A_SECOND_MS = 999;
const WEEK_SECONDS = 7 * 24 * 3600;

/**
 * Aborts what runs that were killed have left below a prefix, so that its parts are billed no longer. An upload that still
 * gets parts is young, however long ago it was begun. What a `status` that was killed has left there is removed, too.
 *
 * @throws BackupError where nothing could be listed, or a run on this machine works below the prefix, or on one that holds it
 */
export async function* cleanUp(options: CleanupOptions): AsyncGenerator<Leftover, void> {
  const prefix = normalPrefix(options.prefix ?? '');
  const store = new Store(checked(options));
  const release = await lockDestination({ ...options, prefix });
  try {
    await requireAccess(store, prefix);
    for (const listed of await listAll(store, prefix)) {
      const leftover = await cleanUpOne(store, listed, options);
      if (leftover) yield leftover;
    }
    yield* cleanUpProbes(store, prefix, options);
  } finally {
    release();
    store.close();
  }
}

async function lockDestination(options: CleanupOptions & { prefix: string }): Promise<() => void> {
  if (options.dryRun) return () => undefined;
  const target = destinationName(options);
  const holder = { pid: process.pid, since: new Date().toISOString(), source: 'cleanup', target };
  return takeLocks({ resources: [destinationResource(options)], holder });
}

interface Listed {
  readonly upload: UnfinishedUpload;
  /** The store's clock at that moment; ours where it does not say. */
  readonly now: number;
}

/** All before the first is aborted: no page then begins after an upload that is gone. */
async function listAll(store: Store, prefix: string): Promise<Listed[]> {
  const all: Listed[] = [];
  try {
    for await (const { uploads, date } of store.unfinishedUploads(prefix)) {
      const now = Number.isNaN(date) ? Date.now() : date + LESS_THAN_A_SECOND_MS;
      // Some stores take the prefix for a whole key, or not at all.
      const below = uploads.filter(({ key }) => key.startsWith(prefix));
      all.push(...below.map((upload) => ({ upload, now })));
    }
    return all;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw fatalFrom(error, store.bucket) ?? cannotList(error, store.bucket);
  }
}

function cannotList({ status, message }: StoreError, bucket: string): BackupError {
  const code = status === 403 ? 'BUCKET_FORBIDDEN' : 'ENDPOINT_ERROR';
  return new BackupError(code, `Bucket ${bucket}: ${message}`, {
    hint: 'Allow s3:ListBucketMultipartUploads on the bucket, and s3:ListMultipartUploadParts and s3:AbortMultipartUpload on its objects.',
  });
}

/** @returns undefined where it has been completed or aborted meanwhile */
async function cleanUpOne(
  store: Store,
  { upload, now }: Listed,
  { olderThanSeconds = WEEK_SECONDS, dryRun = false }: CleanupOptions,
): Promise<Leftover | undefined> {
  const { key, uploadId, initiated } = upload;
  const begun = Number.isNaN(initiated) ? undefined : new Date(initiated);
  let held: Held | undefined;
  const told = (outcome: Leftover['outcome'], reason?: string): Leftover => {
    return { key, uploadId, begun, bytes: held?.bytes, parts: held?.parts, outcome, reason };
  };
  try {
    const counted = await countParts(store, upload);
    if (!(counted instanceof StoreError)) held = counted;
    const isDue = now - (held?.lastActive ?? initiated) >= olderThanSeconds * 1000;
    if (!isDue) return told('left');
    // Its last part may have come a moment ago.
    if (counted instanceof StoreError && olderThanSeconds > 0) return told('failed', counted.message);
    if (dryRun) return told('due');
    await store.abortUpload(upload);
    return told('aborted');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return error.status === 404 ? undefined : told('failed', error.message);
  }
}

async function* cleanUpProbes(
  store: Store,
  prefix: string,
  options: CleanupOptions,
): AsyncGenerator<Leftover, void> {
  try {
    for await (const probe of leftProbes(store, prefix)) yield await cleanUpProbe(store, probe, options);
  } catch (error) {
    throw accessErrorFrom(error, store);
  }
}

async function cleanUpProbe(
  store: Store,
  probe: LeftProbe,
  { olderThanSeconds = WEEK_SECONDS, dryRun = false }: CleanupOptions,
): Promise<Leftover> {
  const { key, bytes, written } = probe;
  const begun = written === undefined ? undefined : new Date(written);
  const told = (outcome: Leftover['outcome'], reason?: string): Leftover => {
    return { key, uploadId: undefined, begun, bytes, parts: undefined, outcome, reason };
  };
  if (!isDue(probe, store, olderThanSeconds)) return told('left');
  if (dryRun) return told('due');
  try {
    await removeProbe(probe, store);
    return told('removed');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return told('failed', error.message);
  }
}

interface Held {
  /** Undefined if the store does not tell the size of every part. */
  bytes: number | undefined;
  parts: number;
  /** When the last part came, or the upload was begun: milliseconds since 1970, by the store's clock. */
  lastActive: number;
}

/** @returns an error where they may not be listed, or not without the customer's key that encrypts them */
async function countParts(store: Store, upload: UnfinishedUpload): Promise<Held | StoreError> {
  const held: Held = { bytes: 0, parts: 0, lastActive: upload.initiated };
  try {
    for await (const { parts } of store.partsOf(upload)) {
      for (const { size, lastModified } of parts) {
        held.bytes = held.bytes === undefined || size === undefined ? undefined : held.bytes + size;
        held.parts += 1;
        if (lastModified > held.lastActive) held.lastActive = lastModified;
      }
    }
    return held;
  } catch (error) {
    if (error instanceof StoreError && (error.status === 400 || error.status === 403)) return error;
    throw error;
  }
}
