import { createHash } from 'node:crypto';
import type { Bucket } from './bucket.ts';
import { type ByteRange, parseCopyRange } from './byte-range.ts';
import { type ChecksumAlgorithm, checksumElement, parseAlgorithm, startChecksum } from './checksum.ts';
import { requireCopySource } from './copy-source.ts';
import { encryptionHeaders } from './encryption.ts';
import { S3Error } from './errors.ts';
import { etagOfBody, quoted } from './etag.ts';
import { bucketOf, type Exchange, keyOf } from './exchange.ts';
import type { ObjectVersion } from './model.ts';
import { openBytes } from './object-bytes.ts';
import { readProperties } from './object-properties.ts';
import { type Reply, xmlReply } from './reply.ts';
import type { S3Request } from './request.ts';
import { requirePartTarget } from './upload-part.ts';
import { newVersionId, versionHeader } from './versions.ts';
import { storePart, storeVersion } from './write-object.ts';
import { document, isoTime, text } from './xml-write.ts';

interface Source {
  readonly bucket: Bucket;
  readonly version: ObjectVersion;
}

/** Copies bytes into a new blob of the target bucket. */
async function copyBytes(
  source: Source,
  range: ByteRange,
  target: Bucket,
  algorithm: ChecksumAlgorithm | undefined,
) {
  const md5 = createHash('md5');
  const sum = algorithm && startChecksum(algorithm);
  const writer = target.blobs.create();
  const { bytes, release } = openBytes(source.bucket, source.version, range);
  try {
    for await (const piece of Buffer.isBuffer(bytes) ? [bytes] : bytes) {
      md5.update(piece);
      sum?.update(piece);
      await writer.write(piece);
    }
    const blob = await writer.finish();
    return { blob, md5: md5.digest(), sum: sum?.digest().toString('base64') };
  } catch (error) {
    await writer.discard();
    throw error;
  } finally {
    release();
  }
}

function isReplaced(request: S3Request, header: string): boolean {
  const directive = request.header(header) ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE')
    throw new S3Error('InvalidArgument', `Unknown ${header}.`);
  return directive === 'REPLACE';
}

/** Properties of a copy: those of its source, unless the request replaces them. */
function propertiesOfCopy({ request }: Exchange, target: Bucket, { version }: Source) {
  const asked = readProperties(request, target, { needsDigest: false });
  const described = isReplaced(request, 'x-amz-metadata-directive') ? asked : version;
  const { headers, metadata } = described;
  const { tags } = isReplaced(request, 'x-amz-tagging-directive') ? asked : version;
  return { ...asked, headers, metadata, tags };
}

function requireChange(request: S3Request, target: Bucket, key: string, source: Source): void {
  const changes = ['x-amz-metadata-directive', 'x-amz-storage-class', 'x-amz-server-side-encryption'];
  const same =
    source.bucket === target && source.version.key === key && target.current(key) === source.version;
  if (!same || changes.some((name) => request.header(name) !== undefined)) return;
  throw new S3Error(
    'InvalidRequest',
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}

/** CopyObject. The copy is stored as one body, so the copy of a multipart object has another ETag than its source. */
export async function copyObject(exchange: Exchange): Promise<Reply> {
  const { request } = exchange;
  const bucket = bucketOf(exchange);
  const key = keyOf(exchange);
  const source = requireCopySource(exchange);
  requireChange(request, bucket, key, source);
  const properties = propertiesOfCopy(exchange, bucket, source);
  const named = request.header('x-amz-checksum-algorithm');
  const algorithm = named === undefined ? source.version.checksum?.algorithm : parseAlgorithm(named);
  const { size } = source.version;
  const { blob, md5, sum } = await copyBytes(source, { start: 0, end: size }, bucket, algorithm);
  const etag = etagOfBody(md5, properties.encryption, bucket);
  const modified = Date.now();
  try {
    const stored = await storeVersion(exchange, bucket, {
      ...properties,
      key,
      versionId: newVersionId(bucket.settings),
      deleteMarker: false,
      modified,
      etag,
      size,
      parts: [{ number: 1, blob, size, etag, checksums: {}, modified }],
      checksum: algorithm && sum ? { algorithm, value: sum, type: 'FULL_OBJECT' } : undefined,
    });
    return copied('CopyObjectResult', stored.etag, modified, algorithm, sum, {
      ...encryptionHeaders(stored.encryption),
      ...versionHeader(bucket.settings, stored.versionId),
    });
  } catch (error) {
    bucket.blobs.remove([blob]);
    throw error;
  }
}

function copied(
  root: string,
  etag: string,
  modified: number,
  algorithm: ChecksumAlgorithm | undefined,
  sum: string | undefined,
  headers: Reply['headers'],
): Reply {
  return xmlReply(
    document(
      root,
      text('ETag', quoted(etag)),
      text('LastModified', isoTime(modified)),
      algorithm === undefined ? '' : text(checksumElement(algorithm), sum),
    ),
    headers,
  );
}

/** UploadPartCopy. */
export async function uploadPartCopy(exchange: Exchange): Promise<Reply> {
  const { bucket, number, upload } = requirePartTarget(exchange);
  const source = requireCopySource(exchange);
  const range = parseCopyRange(exchange.request.header('x-amz-copy-source-range'), source.version.size);
  const algorithm = upload.checksumAlgorithm;
  const { blob, md5, sum } = await copyBytes(source, range, bucket, algorithm);
  try {
    const part = await storePart(exchange, bucket, upload, {
      number,
      blob,
      size: range.end - range.start,
      etag: etagOfBody(md5, upload.encryption, bucket),
      checksums: algorithm === undefined ? {} : { [algorithm]: sum },
      modified: Date.now(),
    });
    return copied(
      'CopyPartResult',
      part.etag,
      part.modified,
      algorithm,
      sum,
      encryptionHeaders(upload.encryption),
    );
  } catch (error) {
    bucket.blobs.remove([blob]);
    throw error;
  }
}
