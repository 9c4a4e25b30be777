import { randomUUID } from 'node:crypto';
import { type ChecksumAlgorithm, type ChecksumType, isCrc, parseAlgorithm } from './checksum.ts';
import { encryptionHeaders } from './encryption.ts';
import { S3Error } from './errors.ts';
import { bucketOf, type Exchange, keyOf, requireQuery } from './exchange.ts';
import { readProperties } from './object-properties.ts';
import { NO_CONTENT, type Reply, xmlReply } from './reply.ts';
import type { S3Request } from './request.ts';
import { document, text } from './xml-write.ts';

/** Checksum types that S3 allows for an algorithm, the default first. */
function typesOf(algorithm: ChecksumAlgorithm): readonly ChecksumType[] {
  if (algorithm === 'CRC64NVME') return ['FULL_OBJECT'];
  return isCrc(algorithm) ? ['COMPOSITE', 'FULL_OBJECT'] : ['COMPOSITE'];
}

function readChecksumChoice(request: S3Request): {
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: ChecksumType | undefined;
} {
  const name = request.header('x-amz-checksum-algorithm');
  const typeName = request.header('x-amz-checksum-type')?.toUpperCase();
  if (name === undefined) {
    if (typeName === undefined) return { checksumAlgorithm: undefined, checksumType: undefined };
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const checksumAlgorithm = parseAlgorithm(name);
  const types = typesOf(checksumAlgorithm);
  const checksumType = typeName === undefined ? types[0] : types.find((type) => type === typeName);
  if (checksumType === undefined) {
    throw new S3Error(
      'InvalidRequest',
      `The ${typeName} checksum type cannot be used with the ${name} checksum algorithm.`,
    );
  }
  return { checksumAlgorithm, checksumType };
}

/** CreateMultipartUpload. */
export function createMultipartUpload(exchange: Exchange): Reply {
  const { request } = exchange;
  const bucket = bucketOf(exchange);
  const upload = {
    ...readProperties(request, bucket, { needsDigest: false }),
    ...readChecksumChoice(request),
    uploadId: randomUUID().replaceAll('-', ''),
    key: keyOf(exchange),
    initiated: Date.now(),
  };
  bucket.commit({ type: 'upload', upload });
  return xmlReply(
    document(
      'InitiateMultipartUploadResult',
      text('Bucket', request.bucket),
      text('Key', upload.key),
      text('UploadId', upload.uploadId),
    ),
    {
      'x-amz-checksum-algorithm': upload.checksumAlgorithm,
      'x-amz-checksum-type': upload.checksumType,
      ...encryptionHeaders(upload.encryption),
    },
  );
}

/** AbortMultipartUpload. */
export function abortMultipartUpload(exchange: Exchange): Reply {
  const bucket = bucketOf(exchange);
  const { upload } = bucket.requireUpload(requireQuery(exchange, 'uploadId'), keyOf(exchange));
  if (exchange.storageFault !== 'vanish') bucket.commit({ type: 'end-upload', uploadId: upload.uploadId });
  return NO_CONTENT;
}
