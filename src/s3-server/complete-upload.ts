import type { Bucket } from './bucket.ts';
import type { OpenUpload } from './bucket-index.ts';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, checksumElement, checksumHeader } from './checksum.ts';
import { requireWriteConditions } from './conditions.ts';
import { encryptionHeaders } from './encryption.ts';
import { S3Error } from './errors.ts';
import { etagOfParts, quoted, unquoted } from './etag.ts';
import { bucketOf, type Exchange, keyOf, requireQuery } from './exchange.ts';
import type { MultipartUpload, ObjectVersion, StoredChecksum, StoredPart } from './model.ts';
import { checksumOfParts } from './multipart-checksum.ts';
import { receiveDocument } from './receive.ts';
import { type Reply, xmlReply } from './reply.ts';
import type { S3Request } from './request.ts';
import { newVersionId, versionHeader } from './versions.ts';
import { storeVersion } from './write-object.ts';
import { childrenOf, parseXml, textOf } from './xml-read.ts';
import { document, text } from './xml-write.ts';

interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
}

function parseParts(source: string): readonly NamedPart[] {
  const parts = childrenOf(parseXml(source, 'CompleteMultipartUpload'), 'Part').map((part) => {
    const number = Number(textOf(part, 'PartNumber'));
    const etag = textOf(part, 'ETag');
    if (!Number.isInteger(number) || etag === undefined) throw new S3Error('MalformedXML');
    const checksums = CHECKSUM_ALGORITHMS.flatMap((algorithm): [ChecksumAlgorithm, string][] => {
      const value = textOf(part, checksumElement(algorithm));
      return value === undefined ? [] : [[algorithm, value]];
    });
    return { number, etag: unquoted(etag), checksums: new Map(checksums) };
  });
  if (parts.length === 0) throw new S3Error('MalformedXML');
  return parts;
}

function requireStoredPart({ upload, parts }: OpenUpload, named: NamedPart): StoredPart {
  const stored = parts.get(named.number);
  const elements = { UploadId: upload.uploadId, PartNumber: `${named.number}`, ETag: named.etag };
  if (stored?.etag !== named.etag) throw new S3Error('InvalidPart', undefined, { elements });
  for (const [algorithm, value] of named.checksums) {
    if (stored.checksums[algorithm] !== value) throw new S3Error('InvalidPart', undefined, { elements });
  }
  if (
    upload.checksumType === 'COMPOSITE' &&
    upload.checksumAlgorithm &&
    !named.checksums.has(upload.checksumAlgorithm)
  ) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using a ${upload.checksumAlgorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${named.number} in the request.`,
    );
  }
  return stored;
}

function selectParts(
  open: OpenUpload,
  named: readonly NamedPart[],
  minPartBytes: number,
): readonly StoredPart[] {
  named.forEach(({ number }, i) => {
    if (number <= (named[i - 1]?.number ?? 0)) throw new S3Error('InvalidPartOrder');
  });
  const parts = named.map((part) => requireStoredPart(open, part));
  const small = parts.slice(0, -1).find((part) => part.size < minPartBytes);
  if (small !== undefined) {
    const elements = {
      ProposedSize: `${small.size}`,
      MinSizeAllowed: `${minPartBytes}`,
      PartNumber: `${small.number}`,
      ETag: small.etag,
    };
    throw new S3Error('EntityTooSmall', undefined, { elements });
  }
  return parts;
}

function requireExpectedSize(request: S3Request, size: number): void {
  const expected = request.header('x-amz-mp-object-size');
  if (expected === undefined || expected === `${size}`) return;
  throw new S3Error(
    'InvalidRequest',
    "The provided 'x-amz-mp-object-size' header does not match what was computed.",
  );
}

/** Compares the checksum that the client expects of the whole object with the one computed from the parts. */
function requireExpectedChecksum(
  request: S3Request,
  upload: MultipartUpload,
  checksum: StoredChecksum | undefined,
): void {
  const type = request.header('x-amz-checksum-type')?.toUpperCase();
  if (type !== undefined && type !== upload.checksumType) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using the ${upload.checksumType ?? 'null'} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const expected = request.header(checksumHeader(algorithm));
    if (expected === undefined) continue;
    if (algorithm !== checksum?.algorithm) {
      throw new S3Error(
        'InvalidRequest',
        `The upload was not created with the ${algorithm} checksum algorithm.`,
      );
    }
    const withoutCount = checksum.value.replace(/-\d+$/, '');
    if (expected !== checksum.value && expected !== withoutCount) {
      throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
    }
  }
}

function assemble(
  { request, minPartBytes }: Exchange,
  bucket: Bucket,
  open: OpenUpload,
  named: readonly NamedPart[],
): ObjectVersion {
  const { upload } = open;
  const parts = selectParts(open, named, minPartBytes);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  requireExpectedSize(request, size);
  const checksum = checksumOfParts(upload, parts);
  requireExpectedChecksum(request, upload, checksum);
  const { headers, metadata, tags, storageClass, encryption, lock, key, uploadId } = upload;
  return {
    ...{ headers, metadata, tags, storageClass, encryption, lock, key, uploadId },
    versionId: newVersionId(bucket.settings),
    deleteMarker: false,
    modified: Date.now(),
    etag: etagOfParts(parts.map((part) => part.etag)),
    size,
    parts,
    checksum,
  };
}

function completed({ request }: Exchange, bucket: Bucket, version: ObjectVersion): Reply {
  const { checksum } = version;
  return xmlReply(
    document(
      'CompleteMultipartUploadResult',
      text('Location', `http://${request.incoming.headers.host ?? ''}${request.rawPath}`),
      text('Bucket', request.bucket),
      text('Key', version.key),
      text('ETag', quoted(version.etag)),
      checksum === undefined ? '' : text(checksumElement(checksum.algorithm), checksum.value),
      text('ChecksumType', checksum?.type),
    ),
    { ...encryptionHeaders(version.encryption), ...versionHeader(bucket.settings, version.versionId) },
  );
}

/**
 * CompleteMultipartUpload. Each part stays a file of its own. If the upload is already completed, the first answer is repeated,
 * as long as that version exists.
 */
export async function completeMultipartUpload(exchange: Exchange): Promise<Reply> {
  const { request } = exchange;
  const bucket = bucketOf(exchange);
  const key = keyOf(exchange);
  const uploadId = requireQuery(exchange, 'uploadId');
  const named = parseParts(await receiveDocument(exchange, { checksumIsObjects: true }));
  const earlier = bucket.index.versionsOf(key).find((version) => version.uploadId === uploadId);
  if (earlier !== undefined) return completed(exchange, bucket, earlier);
  const open = bucket.requireUpload(uploadId, key);
  requireWriteConditions(request, bucket.current(key));
  const version = assemble(exchange, bucket, open, named);
  return completed(exchange, bucket, await storeVersion(exchange, bucket, version, uploadId));
}
