import type { RunControl } from '../flow/run-control.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import type { ByteRange, ObjectBytes, Store } from '../s3/store.ts';
import type { ByteCount } from '../source/byte-count.ts';
import type { Reading } from '../source/content.ts';
import type { Chosen } from './item.ts';
import type { PieceMemory } from './piece-memory.ts';
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
  /** Memory that ranges of large objects are received in. */
  readonly memory: PieceMemory;
  readonly control: RunControl;
  /** Called after every read with its number of bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /** Counts the bytes of the object as they arrive. Default: no progress is shown. */
  readonly received?: ByteCount | undefined;
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
}

/** Most bytes that one request asks for: a request that fails is repeated as a whole. A multiple of MD5's blocks. */
const REQUEST_BYTES = 8 * 1024 * 1024;

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
  const { rangeBytes, needsRangeMd5s } = plan;
  // The answer also reports the metadata, so at least the last byte is read.
  const first = Math.min(temporary.completeLength(RANGES_AT_ONCE * rangeBytes), Math.max(0, size - 1));
  if (options.received) options.received.resumed = first;
  const isWhole = first === 0;
  const hashes = isWhole && needsRangeMd5s;
  const trouble: Trouble = { error: undefined };
  const underWay: Promise<Received>[] = [];
  const md5s: Buffer[] = [];
  let answer: MetadataAnswer | undefined;
  let next = first;
  let complete = first;
  try {
    while (next < size || underWay.length > 0) {
      for (; next < size && underWay.length < RANGES_AT_ONCE; next += rangeBytes) {
        const range = { start: next, end: Math.min(size, next + rangeBytes) };
        const receiving = receiveRange(file, temporary, range, { ...options, hashes, trouble });
        // A failure is handled when the range's turn comes.
        receiving.catch(() => undefined);
        underWay.push(receiving);
      }
      const { object, md5, end } = await (underWay[0] as Promise<Received>);
      underWay.shift();
      if (md5) md5s.push(md5);
      answer = object;
      complete = end;
    }
  } finally {
    await Promise.allSettled(underWay);
    if (complete < size) temporary.truncate(complete);
  }
  if (answer === undefined) throw new RestoreError('OBJECT_CHANGED', 'nothing of it is there to be read');
  return { answer, digests: { rangeBytes, md5s: hashes ? md5s : undefined }, resumedBytes: first };
}

interface Received {
  readonly object: MetadataAnswer;
  readonly md5: Buffer | undefined;
  readonly end: number;
}

/** The first failure of any range, which ends the others before their next request: a part can have gigabytes. */
interface Trouble {
  error: unknown;
}

interface RangeOptions extends DownloadOptions {
  /** Whether the MD5 of the range is computed. */
  readonly hashes: boolean;
  readonly trouble: Trouble;
}

/** Receives one range, in several requests if it is large. */
async function receiveRange(
  file: Chosen,
  temporary: TemporaryFile,
  { start, end }: ByteRange,
  { store, target, reading, memory, onRead, received, hashes, trouble }: RangeOptions,
): Promise<Received> {
  const { key, etag, versionId, size } = file;
  const lease = await memory.lease();
  const md5 = hashes ? memory.md5s.begin() : undefined;
  let object: ObjectBytes | undefined;
  try {
    for (let from = start; from < end; from += REQUEST_BYTES) {
      if (trouble.error !== undefined) throw trouble.error;
      const range = { start: from, end: Math.min(end, from + REQUEST_BYTES) };
      const place = { temporary, target, pace: reading.pace, start: from, length: range.end - from, md5 };
      const receiver = new RangeReceiver(lease.pieces, place);
      md5?.mark();
      try {
        object = await store.read({ key, etag, versionId }, range, receiver, received?.add);
        // A store may know no If-Match.
        if (!isSameEtag(object.etag, etag) || object.size !== size)
          throw new RestoreError('OBJECT_CHANGED', 'it was overwritten while it was read');
        await receiver.finish();
      } catch (error) {
        trouble.error ??= error;
        await receiver.abandon();
        throw error;
      }
      onRead?.(range.end - from);
    }
  } finally {
    lease.release();
  }
  return { object: object as ObjectBytes, md5: md5?.digest(), end };
}
