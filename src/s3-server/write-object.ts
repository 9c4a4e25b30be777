import type { Bucket } from './bucket.ts';
import { requireWriteConditions } from './conditions.ts';
import type { BodyDigests, DigestOptions } from './digests.ts';
import { randomEtag } from './etag.ts';
import type { Exchange } from './exchange.ts';
import type { ObjectVersion, StoredPart } from './model.ts';
import { receive } from './receive.ts';

/** Writes a request's body into a new blob. Removes the blob if the body breaks off or fails a check. @throws {S3Error} */
export async function receiveBlob(
  exchange: Exchange,
  bucket: Bucket,
  options: DigestOptions = {},
): Promise<{ readonly blob: string; readonly digests: BodyDigests }> {
  const writer = bucket.blobs.create();
  try {
    const digests = await receive(exchange, (bytes) => writer.write(bytes), options);
    return { blob: await writer.finish(), digests };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Makes a random ETag with the same number of parts: R2 and KMS keep that number. */
function opaqueLike(etag: string): string {
  return `${randomEtag()}${/-\d+$/.exec(etag)?.[0] ?? ''}`;
}

/**
 * Commits a version, whose blobs must be complete, as the newest of its key. Checks the write conditions synchronously before the
 * commit.
 *
 * @param completes id of the multipart upload that this ends. Default: none.
 * @returns the version as stored, or as it would be stored without the fault `vanish`.
 * @throws {S3Error} PreconditionFailed, NoSuchBucket. The caller must then remove the blobs.
 */
export async function storeVersion(
  { request, storageFault }: Exchange,
  bucket: Bucket,
  version: ObjectVersion,
  completes?: string,
): Promise<ObjectVersion> {
  const [first] = version.parts;
  if (storageFault === 'flip-byte' && first !== undefined) await bucket.blobs.flipByte(first.blob);
  const stored = storageFault === 'random-etag' ? { ...version, etag: opaqueLike(version.etag) } : version;
  requireWriteConditions(request, bucket.current(version.key));
  if (storageFault === 'vanish') {
    if (completes === undefined) bucket.blobs.remove(version.parts.map((part) => part.blob));
    else bucket.commit({ type: 'end-upload', uploadId: completes });
  } else {
    bucket.commit({ type: 'put', version: stored, completes });
  }
  return stored;
}

/** Commits a part, whose blob must be complete, to its upload. @throws {S3Error} NoSuchUpload, NoSuchBucket. */
export async function storePart(
  { storageFault }: Exchange,
  bucket: Bucket,
  upload: { readonly uploadId: string; readonly key: string },
  part: StoredPart,
): Promise<StoredPart> {
  if (storageFault === 'flip-byte') await bucket.blobs.flipByte(part.blob);
  const stored = storageFault === 'random-etag' ? { ...part, etag: randomEtag() } : part;
  bucket.requireUpload(upload.uploadId, upload.key);
  if (storageFault === 'vanish') bucket.blobs.remove([part.blob]);
  else bucket.commit({ type: 'part', uploadId: upload.uploadId, part: stored });
  return stored;
}
