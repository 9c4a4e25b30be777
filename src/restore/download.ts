import { WholeMd5 } from '../digest/md5/whole-md5.ts';
import type { RunControl } from '../flow/run-control.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import type { ByteRange, ObjectBytes, Store } from '../s3/store.ts';
import type { Reading } from '../source/content.ts';
import type { Chosen } from './item.ts';
import { RangeReceiver } from './range-receiver.ts';
import type { ReceivedDigests } from './received-content.ts';
import { RestoreError } from './restore-error.ts';
import type { TargetRoot } from './target.ts';
import type { TemporaryFile } from './temporary-file.ts';

/** Concurrent range requests for one object: as many as there are lanes for MD5s. */
export const RANGES_AT_ONCE = 8;

/** Options for reading content. */
export interface DownloadOptions {
  readonly store: Store;
  readonly target: TargetRoot;
  readonly reading: Reading;
  readonly control: RunControl;
  /** Called after every read with its number of bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/** User metadata of an object, and whether its ETag is a digest, from the answer to GetObject. */
export type MetadataAnswer = Pick<ObjectBytes, 'metadata' | 'etagIsDigest'>;

/** A large object whose bytes are all in its temporary file. */
export interface Downloaded {
  readonly answer: MetadataAnswer;
  readonly digests: ReceivedDigests;
  /** Bytes of an earlier run's partial file, which were not downloaded again. */
  readonly resumedBytes: number;
}

/** How a large object is read, and which digests are computed while it arrives. */
export interface DownloadPlan {
  /** Size of a range in bytes. */
  readonly rangeBytes: number;
  /** Whether the MD5 of each range is computed. */
  readonly needsRangeMd5s: boolean;
  /** Whether the MD5 of the whole object is computed. */
  readonly needsMd5: boolean;
}

/**
 * Downloads the rest of a large object into a file that may already hold its beginning. Ranges are written as they arrive, in
 * any order. The digests of an object whose beginning was there are not computed.
 *
 * @throws StoreError, RestoreError `OBJECT_CHANGED`, or the system's error. The file is then cut to the beginning without gaps.
 */
export async function download(
  file: Chosen,
  temporary: TemporaryFile,
  plan: DownloadPlan,
  options: DownloadOptions,
): Promise<Downloaded> {
  const { size } = file;
  const { rangeBytes, needsRangeMd5s, needsMd5 } = plan;
  // The answer also reports the metadata, so at least the last byte is read.
  const first = Math.min(temporary.completeLength(RANGES_AT_ONCE * rangeBytes), Math.max(0, size - 1));
  const underWay: Promise<Range>[] = [];
  const md5s: Buffer[] = [];
  const whole = needsMd5 && first === 0 ? new WholeMd5() : undefined;
  let answer: MetadataAnswer | undefined;
  let next = first;
  let complete = first;
  try {
    while (next < size || underWay.length > 0) {
      for (; next < size && underWay.length < RANGES_AT_ONCE; next += rangeBytes) {
        const range = { start: next, end: Math.min(size, next + rangeBytes) };
        const reading = readRange(file, temporary, range, { ...options, ...plan });
        // A failure is handled when the range's turn comes.
        reading.catch(() => undefined);
        underWay.push(reading);
      }
      const { object, bytes, md5, end, release } = await (underWay[0] as Promise<Range>);
      underWay.shift();
      try {
        await whole?.update(bytes);
        if (md5) md5s.push(md5);
      } finally {
        release();
      }
      answer = object;
      complete = end;
    }
  } finally {
    for (const range of await Promise.allSettled(underWay))
      if (range.status === 'fulfilled') range.value.release();
    if (complete < size) {
      await whole?.forget();
      temporary.truncate(complete);
    }
  }
  if (answer === undefined) throw new RestoreError('OBJECT_CHANGED', 'nothing of it is there to be read');
  const isWhole = first === 0;
  const digests = {
    rangeBytes,
    md5s: isWhole && needsRangeMd5s ? md5s : undefined,
    md5: await whole?.digest(),
  };
  return { answer, digests, resumedBytes: first };
}

interface Range {
  readonly object: ObjectBytes;
  readonly bytes: Buffer;
  readonly md5: Buffer | undefined;
  readonly end: number;
  readonly release: () => void;
}

async function readRange(
  file: Chosen,
  temporary: TemporaryFile,
  range: ByteRange,
  { store, target, reading, onRead, needsRangeMd5s }: DownloadOptions & DownloadPlan,
): Promise<Range> {
  const { key, etag, versionId, size } = file;
  const lease = await reading.pool.lease(range.end - range.start);
  try {
    const place = { temporary, target, pace: reading.pace, start: range.start };
    const receiver = new RangeReceiver(lease.bytes, place);
    const object = await store.read({ key, etag, versionId }, range, receiver.receive);
    // A store may know no If-Match.
    if (!isSameEtag(object.etag, etag) || object.size !== size)
      throw new RestoreError('OBJECT_CHANGED', 'it was overwritten while it was read');
    const bytes = await receiver.finish();
    onRead?.(bytes.length);
    const md5 = needsRangeMd5s ? await reading.md5s.digest(bytes) : undefined;
    return { object, bytes, md5, end: range.end, release: () => lease.release() };
  } catch (error) {
    lease.release();
    throw error;
  }
}
