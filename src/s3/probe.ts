import { createHash } from 'node:crypto';
import type { ChecksumAlgorithm } from '../digest/checksum.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import type { Capabilities } from './capabilities.ts';
import { StoreError } from './store-error.ts';
import type { ListPage, ListRequest, ObjectPin, WriteCondition } from './store-types.ts';

/** Facts about a store that a probe has found out. */
export interface Probe {
  /** Value of the `Server` header; undefined if there is none. */
  readonly server: string | undefined;
  /** Whether the ETag of one PUT is the MD5 of its bytes. */
  readonly etagIsMd5: boolean;
  /** Whether a listing immediately shows a new object, with that ETag. */
  readonly isListed: boolean;
  /** What the store does with `If-None-Match: *` if there is an object under the key. */
  readonly conditions: 'heeded' | 'ignored' | 'refused';
  /** Checksum algorithm that was sent and that the store reports; undefined if it reports none. */
  readonly checksum: ChecksumAlgorithm | undefined;
}

/** The requests of a probe. */
export interface ProbeRequests {
  /** Writes bytes without a digest. */
  putBare(bytes: Buffer): Promise<ProbeWrite>;
  /** Writes bytes with the digests of a run. */
  put(bytes: Buffer, condition: WriteCondition): Promise<Pick<ProbeWrite, 'versionId'>>;
  remove(pin: ObjectPin): Promise<void>;
}

/** The store that is probed, with the methods that a probe calls. */
interface ProbedStore {
  head(pin: ObjectPin): Promise<ObjectState>;
  listPage(request: ListRequest): Promise<ListPage>;
  readonly listsInOrder: boolean;
  readonly capabilities: Capabilities;
}

interface ProbeWrite {
  readonly versionId: string | undefined;
  /** Value of the `Server` header; undefined if there is none. */
  readonly server: string | undefined;
}

const BODY = Buffer.from('s3-backup tries whether it can write here\n');
export const PROBE_BYTES = BODY.length;
const MD5 = createHash('md5').update(BODY).digest('hex');

/**
 * Writes a small object, looks it up, tries to overwrite it, and removes it with its versions. A bucket that locks
 * every object refuses the first write, since it deliberately comes without a digest.
 *
 * @param stopping Signal whose abort skips the remaining requests, but not the removal.
 * @returns undefined if the bucket refused the write for that reason
 * @throws StoreError if a request fails, or nothing more may be begun
 */
export async function probeStore(
  key: string,
  store: ProbedStore,
  requests: ProbeRequests,
  stopping?: AbortSignal,
): Promise<Probe | undefined> {
  proceed(stopping);
  const first = await writeUnlessLocked(key, requests);
  if (first === undefined) return undefined;
  const versions = new Set([first.versionId]);
  try {
    proceed(stopping);
    versions.add((await requests.put(BODY, {})).versionId);
    proceed(stopping);
    const { etag, checksums } = await store.head({ key });
    const listed = store.listsInOrder
      ? (await store.listPage({ prefix: key, maxKeys: 1 })).objects[0]
      : undefined;
    proceed(stopping);
    const overwritten = await overwrite(requests);
    if (overwritten) versions.add(overwritten.versionId);
    const { knowsConditions, digests } = store.capabilities;
    return {
      server: first.server,
      etagIsMd5: isSameEtag(etag, MD5),
      isListed: listed?.key === key && isSameEtag(listed.etag, etag),
      conditions: knowsConditions ? (overwritten ? 'ignored' : 'heeded') : 'refused',
      checksum: digests.checksum && checksums[digests.checksum] !== undefined ? digests.checksum : undefined,
    };
  } finally {
    for (const versionId of versions) await remove({ key, versionId }, requests);
  }
}

/** @throws StoreError */
function proceed(stopping: AbortSignal | undefined): void {
  if (stopping?.aborted)
    throw new StoreError('Stopped', 'stopped before the check was complete', undefined, 0);
}

/** @throws StoreError that names the object that is left */
async function remove(pin: ObjectPin, requests: ProbeRequests): Promise<void> {
  try {
    await requests.remove(pin);
  } catch (error) {
    if (error instanceof StoreError) error.message += `; the test object was not removed: ${pin.key}`;
    throw error;
  }
}

async function writeUnlessLocked(key: string, { putBare }: ProbeRequests): Promise<ProbeWrite | undefined> {
  try {
    return await putBare(BODY);
  } catch (error) {
    const wouldBeLocked =
      error instanceof StoreError && error.code === 'InvalidRequest' && /Object Lock/.test(error.message);
    if (wouldBeLocked) return undefined;
    if (error instanceof StoreError && error.status === undefined)
      error.message += `; the test object may have been left: ${key}`;
    throw error;
  }
}

/** @returns the write that overwrote the object; undefined if the store refused it */
async function overwrite({ put }: ProbeRequests) {
  try {
    return await put(BODY, { ifAbsent: true });
  } catch (error) {
    if (error instanceof StoreError && error.code === 'PreconditionFailed') return undefined;
    throw error;
  }
}
