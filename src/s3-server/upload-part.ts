import { checksumHeader } from './checksum.ts';
import { encryptionHeaders, requireCustomerKey } from './encryption.ts';
import { S3Error } from './errors.ts';
import { etagOfBody, quoted } from './etag.ts';
import { bucketOf, type Exchange, keyOf, numberInQuery, requireQuery } from './exchange.ts';
import type { Reply } from './reply.ts';
import { receiveBlob, storePart } from './write-object.ts';

/** Highest part number of S3. */
const PART_NUMBER_LIMIT = 10_000;

/**
 * Looks up the upload and reads the part number of an UploadPart or UploadPartCopy request.
 *
 * @throws {S3Error} NoSuchUpload, InvalidArgument; InvalidRequest or AccessDenied (SSE-C).
 */
export function requirePartTarget(exchange: Exchange) {
  const bucket = bucketOf(exchange);
  const number = numberInQuery(exchange, 'partNumber', { minimum: 1, maximum: PART_NUMBER_LIMIT });
  if (number === undefined) throw new S3Error('InvalidArgument', 'Missing query parameter partNumber');
  const { upload } = bucket.requireUpload(requireQuery(exchange, 'uploadId'), keyOf(exchange));
  requireCustomerKey(exchange.request, upload.encryption);
  return { bucket, number, upload };
}

/** UploadPart. */
export async function uploadPart(exchange: Exchange): Promise<Reply> {
  const { bucket, number, upload } = requirePartTarget(exchange);
  const expected = upload.checksumAlgorithm;
  const { blob, digests } = await receiveBlob(exchange, bucket, { wanted: expected });
  try {
    if (expected !== undefined && digests.sent !== undefined && digests.sent !== expected) {
      throw new S3Error(
        'InvalidRequest',
        `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${digests.sent}`,
      );
    }
    const part = await storePart(exchange, bucket, upload, {
      number,
      blob,
      size: digests.size,
      etag: etagOfBody(digests.md5, upload.encryption, bucket),
      checksums: Object.fromEntries(digests.checksums),
      modified: Date.now(),
    });
    const checksums = [...digests.checksums].map(([algorithm, value]) => [checksumHeader(algorithm), value]);
    return {
      status: 200,
      headers: {
        etag: quoted(part.etag),
        ...Object.fromEntries(checksums),
        ...encryptionHeaders(upload.encryption),
      },
    };
  } catch (error) {
    bucket.blobs.remove([blob]);
    throw error;
  }
}
