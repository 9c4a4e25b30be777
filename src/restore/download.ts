import type { RunControl } from '../flow/run-control.ts';
import { MAX_WHOLE_BYTES } from '../proof/local-content.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import type { ByteRange, ObjectBytes, Store } from '../s3/store.ts';
import type { Reading } from '../source/content.ts';
import type { Chosen, Listed } from './item.ts';
import { RestoreError } from './restore-error.ts';
import type { TemporaryFile } from './temporary-file.ts';

/** Concurrent range requests for one object. Ranges are written in order, so a partial file is always the object's beginning. */
const RANGES_AT_ONCE = 4;

/** Options for reading content. */
export interface DownloadOptions {
  readonly store: Store;
  readonly reading: Reading;
  readonly control: RunControl;
  /** Called after every read with its number of bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/** User metadata of an object, and whether its ETag is a digest, from the answer to GetObject. */
export type MetadataAnswer = Pick<ObjectBytes, 'metadata' | 'etagIsDigest'>;

/**
 * Downloads the rest of a large object into a file that may already hold its beginning.
 *
 * @returns what the last answer reports of the object
 * @throws StoreError, RestoreError `OBJECT_CHANGED`, or the system's error. The file then holds the object's beginning.
 */
export async function download(
  file: Chosen,
  temporary: TemporaryFile,
  options: DownloadOptions,
): Promise<MetadataAnswer> {
  const { size } = file;
  const underWay: Promise<Range>[] = [];
  let described: MetadataAnswer | undefined;
  // At least the last byte is read, since the answer carries the metadata.
  let next = Math.max(0, Math.min(temporary.length, size - 1));
  try {
    while (next < size || underWay.length > 0) {
      for (; next < size && underWay.length < RANGES_AT_ONCE; next += MAX_WHOLE_BYTES) {
        const range = readRange(file, { start: next, end: Math.min(size, next + MAX_WHOLE_BYTES) }, options);
        // A failure is handled when the range is awaited.
        range.catch(() => undefined);
        underWay.push(range);
      }
      const { object, start, release } = await (underWay[0] as Promise<Range>);
      await temporary.write(object.bytes, start).finally(release);
      underWay.shift();
      described = object;
    }
  } finally {
    for (const range of await Promise.allSettled(underWay))
      if (range.status === 'fulfilled') range.value.release();
  }
  if (described === undefined) throw new RestoreError('OBJECT_CHANGED', 'nothing of it is there to be read');
  return described;
}

interface Range {
  readonly object: ObjectBytes;
  readonly start: number;
  readonly release: () => void;
}

async function readRange(
  file: Listed,
  range: ByteRange,
  { store, reading, onRead }: DownloadOptions,
): Promise<Range> {
  const { key, etag, versionId, size } = file;
  const lease = await reading.pool.reserve(range.end - range.start);
  try {
    const object = await store.read({ key, etag, versionId }, range);
    // Some stores ignore If-Match.
    if (!isSameEtag(object.etag, etag) || object.size !== size) {
      throw new RestoreError('OBJECT_CHANGED', 'it was overwritten while it was read');
    }
    onRead?.(object.bytes.length);
    return { object, start: range.start, release: () => lease.release() };
  } catch (error) {
    lease.release();
    throw error;
  }
}
