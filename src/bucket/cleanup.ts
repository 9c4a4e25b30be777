import { CLEANUP_DEFAULTS, DEFAULTS } from '../core/defaults.ts';
import { BackupError } from '../core/errors.ts';
import { normalPrefix } from '../core/key.ts';
import { checked } from '../core/require-options.ts';
import { destinationName, destinationResource } from '../lock/resource.ts';
import { takeLocks } from '../lock/take-locks.ts';
import { FileCount } from '../run/file-count.ts';
import { type Progress, setTotal } from '../run/progress.ts';
import { accessErrorFrom, requireAccess } from '../s3/access.ts';
import { isDue, type LeftProbe, leftProbes, removeProbe } from '../s3/left-probes.ts';
import type { UnfinishedUpload } from '../s3/multipart/unfinished-uploads.ts';
import { Store, type StoreOptions } from '../s3/store.ts';
import { fatalFrom, StoreError } from '../s3/store-error.ts';
import { isTemporary } from '../s3/temporary.ts';

/** Options of a cleanup: the store, and what to remove. */
export interface CleanupOptions extends StoreOptions {
  /** Only uploads and probe objects below this prefix. A `/` is added at its end. Default '': the whole bucket. */
  readonly prefix?: string | undefined;
  /**
   * Minimum age in seconds, counted from the upload's last part, or from its start if it has none. Above 0 an upload whose parts
   * cannot be listed is `failed`. Default 7 days.
   */
  readonly olderThanSeconds?: number | undefined;
  /** Whether nothing is removed and only the plan is reported. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Counters that the cleanup increases; `files` are uploads. Default: no progress is shown. */
  readonly progress?: Progress | undefined;
}

/** An unfinished upload, or a probe object of a killed `status`, and what the cleanup did with it. */
export interface Leftover {
  readonly key: string;
  /** Undefined for a probe object. */
  readonly uploadId: string | undefined;
  /** When the upload was begun or the object written, by the store's clock; undefined if the store does not report it. */
  readonly begun: Date | undefined;
  /** Size of the stored parts, which are billed, or of the object, in bytes; undefined if the store does not report it. */
  readonly bytes: number | undefined;
  /** Number of stored parts; undefined for a probe object, and if the parts cannot be listed. */
  readonly parts: number | undefined;
  /** `aborted` (an upload), `removed` (an object), `due` (a dry run would have done either), `left` (too young) or `failed`. */
  readonly outcome: 'aborted' | 'removed' | 'due' | 'left' | 'failed';
  /** Why it failed; undefined for other outcomes. */
  readonly reason: string | undefined;
}

/** Added to the `Date` header, which is cut off to whole seconds. */
const LESS_THAN_A_SECOND_MS = 999;

/**
 * Aborts unfinished uploads below a prefix, so that their parts are no longer billed, and removes the probe objects of killed
 * `status` commands. The age of an upload is counted from its last part, so an upload that is in progress stays.
 *
 * @returns one result for each upload and object, as it is handled
 * @throws BackupError if the bucket cannot be listed; `LOCKED` if a run on this machine works below the prefix or on a parent
 * of it
 */
export async function* cleanUp(options: CleanupOptions): AsyncGenerator<Leftover, void> {
  const prefix = normalPrefix(options.prefix ?? DEFAULTS.prefix);
  const { progress } = options;
  const count = progress && new FileCount(progress);
  const store = new Store(checked(options));
  const release = await lockDestination({ ...options, prefix });
  try {
    await requireAccess(store, prefix);
    const all = await listAll(store, prefix);
    if (progress) setTotal(progress, all.length, 0);
    for (const listed of all) {
      const leftover = await cleanUpOne(store, listed, options);
      const fate = leftover?.outcome ?? 'aborted';
      count?.settled({ path: listed.upload.key, size: 0, fate, code: null, attempts: 0 });
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
  /** Time of the listing in milliseconds since 1970, by the store's clock, or by the local one if the store sends no `Date`. */
  readonly now: number;
}

/** Lists all uploads before any is aborted, since a page that begins after an aborted upload could skip others. */
async function listAll(store: Store, prefix: string): Promise<Listed[]> {
  const all: Listed[] = [];
  try {
    for await (const { uploads, date } of store.unfinishedUploads(prefix)) {
      const now = Number.isNaN(date) ? Date.now() : date + LESS_THAN_A_SECOND_MS;
      // Some stores take the prefix for a whole key, or ignore it.
      const below = uploads.filter(({ key }) => key.startsWith(prefix));
      all.push(...below.map((upload) => ({ upload, now })));
    }
    return all;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw fatalFrom(error, store.bucket) ?? cannotList(error, store.bucket);
  }
}

function cannotList(error: StoreError, bucket: string): BackupError {
  const code = error.status === 403 ? 'BUCKET_FORBIDDEN' : 'ENDPOINT_ERROR';
  return new BackupError(code, `Bucket ${bucket}: ${error.message}`, {
    temporary: isTemporary(error),
    hint: 'Allow s3:ListBucketMultipartUploads on the bucket, and s3:ListMultipartUploadParts and s3:AbortMultipartUpload on its objects.',
  });
}

/** Aborts one upload if it is old enough. @returns undefined if it was completed or aborted meanwhile */
async function cleanUpOne(
  store: Store,
  { upload, now }: Listed,
  { olderThanSeconds = CLEANUP_DEFAULTS.olderThanSeconds, dryRun = DEFAULTS.dryRun }: CleanupOptions,
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
    // Its age is unknown: the last part may just have arrived.
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
  { olderThanSeconds = CLEANUP_DEFAULTS.olderThanSeconds, dryRun = DEFAULTS.dryRun }: CleanupOptions,
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
  /** Size of all parts in bytes; undefined if the store does not report every part's size. */
  bytes: number | undefined;
  parts: number;
  /** When the last part arrived, or else the upload began: milliseconds since 1970, by the store's clock. */
  lastActive: number;
}

/** Sums up the parts of an upload. @returns the error if they may not be listed, or only with the customer's key (SSE-C) */
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
