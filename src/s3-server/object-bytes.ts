import type { Bucket } from './bucket.ts';
import type { ByteRange } from './byte-range.ts';
import type { ObjectVersion } from './model.ts';

/** An object of one part up to this size, in bytes, is read by one blocking call. */
const SMALL_BYTES = 64 * 1024;

async function* readParts(
  bucket: Bucket,
  version: ObjectVersion,
  { start, end }: ByteRange,
): AsyncGenerator<Buffer> {
  let offset = 0;
  for (const part of version.parts) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, part.size);
    if (from < to) yield* bucket.blobs.read(part.blob, from, to);
    offset += part.size;
  }
}

/**
 * Reads a range of a version's bytes, across its parts. The caller must call `release` afterwards: until then the bytes can be
 * read even if the version is overwritten or deleted.
 */
export function openBytes(
  bucket: Bucket,
  version: ObjectVersion,
  range: ByteRange,
): { readonly bytes: Buffer | AsyncIterable<Buffer>; readonly release: () => void } {
  const [only] = version.parts;
  if (only !== undefined && version.parts.length === 1 && only.size <= SMALL_BYTES) {
    return { bytes: bucket.blobs.readSmall(only.blob).subarray(range.start, range.end), release: () => {} };
  }
  const release = bucket.blobs.hold(version.parts.map((part) => part.blob));
  return { bytes: readParts(bucket, version, range), release };
}
