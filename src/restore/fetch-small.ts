import type { BufferPool } from '../core/buffer-pool.ts';
import { BytesContent } from '../proof/local-content.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import type { ByteCount } from '../source/byte-count.ts';
import type { Reading } from '../source/content.ts';
import type { BytesBody, FetchedContent } from './fetched.ts';
import type { Chosen } from './item.ts';
import type { ProvedOptions } from './judge-read.ts';
import { readAndProve } from './read-and-prove.ts';
import { RestoreError } from './restore-error.ts';
import { WholeReceiver } from './whole-receiver.ts';

/** Options for reading an object that fits into memory. */
export interface SmallOptions extends ProvedOptions {
  readonly reading: Pick<Reading, 'md5s'> & { readonly pool: Pick<BufferPool, 'lease'> };
  /** Called after every read with its number of bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /** Counts the bytes of the object as they arrive. Default: no progress is shown. */
  readonly received?: ByteCount | undefined;
}

/** An object whose content is in memory and was proved. */
export type FetchedSmall<F extends Chosen = Chosen> = F & FetchedContent & { readonly body: BytesBody };

/**
 * Reads an object of up to 8 MiB into memory and proves it. Waits until that memory is free.
 *
 * @throws StoreError, RestoreError
 */
export async function fetchSmall<F extends Chosen>(file: F, options: SmallOptions): Promise<FetchedSmall<F>> {
  const { store, reading, onRead, received } = options;
  const { key, etag, versionId, size, recorded } = file;
  const lease = await reading.pool.lease(size);
  try {
    let bytes: Buffer = lease.bytes;
    const attempt = async () => {
      const receiver = new WholeReceiver(lease.bytes);
      const pin = { key, etag, versionId };
      const object = await store.read(pin, undefined, receiver, received?.add);
      // Some stores ignore If-Match.
      if (recorded && (!isSameEtag(object.etag, etag) || object.size !== size))
        throw new RestoreError('OBJECT_CHANGED', 'it was overwritten');
      bytes = object.bytes.length > 0 ? object.bytes : receiver.bytes;
      onRead?.(bytes.length);
      const content = new BytesContent(bytes, reading.md5s);
      return { object: { ...object, key, versionId }, content };
    };
    const result = await readAndProve(attempt, { ...options, recorded });
    return { ...file, ...result, body: { bytes, lease }, resumedBytes: 0 };
  } catch (error) {
    lease.release();
    throw error;
  }
}
