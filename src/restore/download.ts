import type { RunControl } from '../flow/run-control.ts';
import { MAX_WHOLE_BYTES } from '../proof/local-content.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import type { ByteRange, ObjectBytes, Store } from '../s3/store.ts';
import type { Reading } from '../source/content.ts';
import type { Chosen, Listed } from './item.ts';
import { RestoreError } from './restore-error.ts';
import type { TemporaryFile } from './temporary-file.ts';

/** Ranges of one object that are read at once. They are written in order, so what there is of a file is its beginning. */
const RANGES_AT_ONCE = 4;

export interface DownloadOptions {
  readonly store: Store;
  readonly reading: Reading;
  readonly control: RunControl;
  /** Told of every read, in bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/** What an answer with bytes says of their object. */
export type MetadataAnswer = Pick<ObjectBytes, 'metadata' | 'etagIsDigest'>;

/**
 * Reads the part of a large object that is not in the file yet, in ranges, and writes it there.
 *
 * @throws StoreError, RestoreError `OBJECT_CHANGED`, or the system's error; what was written until then is the object's beginning
 */
export async function download(
  file: Chosen,
  temporary: TemporaryFile,
  options: DownloadOptions,
): Promise<MetadataAnswer> {
  const { size } = file;
  const underWay: Promise<Range>[] = [];
  let described: MetadataAnswer | undefined;
  // At least the last range, since it tells of the metadata.
  let next = Math.max(0, Math.min(temporary.length, size - 1));
  try {
    while (next < size || underWay.length > 0) {
      for (; next < size && underWay.length < RANGES_AT_ONCE; next += MAX_WHOLE_BYTES) {
        const range = readRange(file, { start: next, end: Math.min(size, next + MAX_WHOLE_BYTES) }, options);
        // Looked at when its turn comes.
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
    // A store may know no If-Match.
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
