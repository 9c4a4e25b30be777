import { createHash } from 'node:crypto';
import type { ChecksumAlgorithm } from '../checksum/checksum.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';
import type { ObjectPin, WriteCondition } from './store-types.ts';

/** What a store has been found to know. */
export interface Probe {
  /** As it names itself in the `Server` header. */
  readonly server: string | undefined;
  /** Whether the ETag of one PUT is the MD5 of its bytes. */
  readonly etagIsMd5: boolean;
  /** Whether a listing shows a new object at once, with that ETag. */
  readonly isListed: boolean;
  /** What becomes of `If-None-Match: *` where something is under the key. */
  readonly conditions: 'heeded' | 'ignored' | 'refused';
  /** The checksum that it was sent, where it reports it. */
  readonly checksum: ChecksumAlgorithm | undefined;
}

/** What only a probe does. */
export interface ProbeRequests {
  /** Writes without a file, with the digests of a run. Answers with the `Server` header, too. */
  put(bytes: Buffer, condition: WriteCondition): Promise<ObjectPin & { readonly server: string | undefined }>;
  remove(pin: ObjectPin): Promise<void>;
}

const BODY = Buffer.from('s3-backup tries whether it can write here\n');
const MD5 = createHash('md5').update(BODY).digest('hex');

/**
 * Writes a small object, looks at it, tries to write over it, and removes it again, its versions included.
 *
 * @throws StoreError where one of these fails
 */
export async function probeStore(
  key: string,
  store: Pick<Store, 'head' | 'listPage' | 'capabilities'>,
  { put, remove }: ProbeRequests,
): Promise<Probe> {
  const { server, ...first } = await put(BODY, { ifAbsent: true });
  const written: ObjectPin[] = [first];
  try {
    const { etag, checksums } = await store.head({ key });
    const { objects } = await store.listPage({ prefix: key, maxKeys: 1 });
    const { checksum: sent } = store.capabilities.digests;
    const overwritten = store.capabilities.knowsConditions && (await overwrite(put));
    if (overwritten) written.push(overwritten);
    return {
      server,
      etagIsMd5: etag === MD5,
      isListed: objects[0]?.key === key && objects[0].etag === etag,
      conditions: store.capabilities.knowsConditions ? (overwritten ? 'ignored' : 'heeded') : 'refused',
      checksum: sent && checksums[sent] !== undefined ? sent : undefined,
    };
  } finally {
    for (const pin of written) await remove(pin);
  }
}

/** @returns what it wrote although something was under the key */
async function overwrite(put: ProbeRequests['put']): Promise<ObjectPin | undefined> {
  try {
    return await put(BODY, { ifAbsent: true });
  } catch (error) {
    if (error instanceof StoreError && error.code === 'PreconditionFailed') return undefined;
    throw error;
  }
}
