import type { OpenUpload } from './bucket-index.ts';
import { CHECKSUM_ALGORITHMS, checksumElement } from './checksum.ts';
import { requireCustomerKey } from './encryption.ts';
import { quoted } from './etag.ts';
import { bucketOf, type Exchange, keyOf, numberInQuery, requireQuery } from './exchange.ts';
import { compareKeys } from './key-order.ts';
import {
  OWNER_ID,
  readListingParameters,
  writeCommonPrefixes,
  writeListingParameters,
} from './list-objects.ts';
import { listPage } from './list-page.ts';
import type { MultipartUpload, StoredPart } from './model.ts';
import { type Reply, xmlReply } from './reply.ts';
import { document, group, isoTime, text } from './xml-write.ts';

function writePart(part: StoredPart): string {
  return group(
    'Part',
    text('PartNumber', part.number),
    text('LastModified', isoTime(part.modified)),
    text('ETag', quoted(part.etag)),
    text('Size', part.size),
    ...CHECKSUM_ALGORITHMS.map((algorithm) => text(checksumElement(algorithm), part.checksums[algorithm])),
  );
}

function writeParties(): string {
  return group('Initiator', text('ID', OWNER_ID)) + group('Owner', text('ID', OWNER_ID));
}

/** ListParts. */
export function listParts(exchange: Exchange): Reply {
  const bucket = bucketOf(exchange);
  const { upload, parts } = bucket.requireUpload(requireQuery(exchange, 'uploadId'), keyOf(exchange));
  requireCustomerKey(exchange.request, upload.encryption);
  const marker = numberInQuery(exchange, 'part-number-marker') ?? 0;
  const { pageLimit } = exchange;
  const limit = Math.min(numberInQuery(exchange, 'max-parts') ?? pageLimit, pageLimit);
  const rest = [...parts.values()].filter((part) => part.number > marker).sort((a, b) => a.number - b.number);
  const page = rest.slice(0, limit);
  const truncated = limit > 0 && rest.length > page.length;
  return xmlReply(
    document(
      'ListPartsResult',
      text('Bucket', exchange.request.bucket),
      text('Key', upload.key),
      text('UploadId', upload.uploadId),
      writeParties(),
      text('StorageClass', upload.storageClass),
      text('ChecksumAlgorithm', upload.checksumAlgorithm),
      text('ChecksumType', upload.checksumType),
      text('PartNumberMarker', marker),
      text('NextPartNumberMarker', page.at(-1)?.number ?? 0),
      text('MaxParts', limit),
      text('IsTruncated', truncated),
      ...page.map(writePart),
    ),
  );
}

function groupByKey(uploads: Iterable<OpenUpload>): Map<string, MultipartUpload[]> {
  const byKey = new Map<string, MultipartUpload[]>();
  for (const { upload } of uploads) {
    const list = byKey.get(upload.key);
    if (list === undefined) byKey.set(upload.key, [upload]);
    else list.push(upload);
  }
  return byKey;
}

/** Uploads of one key after the marker, in the order in which they began. */
function behind(uploads: readonly MultipartUpload[], uploadIdMarker: string): readonly MultipartUpload[] {
  const sorted = [...uploads].sort((a, b) => a.initiated - b.initiated || (a.uploadId < b.uploadId ? -1 : 1));
  return sorted.slice(sorted.findIndex((upload) => upload.uploadId === uploadIdMarker) + 1);
}

/** ListMultipartUploads. */
export function listMultipartUploads(exchange: Exchange): Reply {
  const { query } = exchange.request;
  const bucket = bucketOf(exchange);
  const parameters = readListingParameters(exchange, 'max-uploads');
  const keyMarker = query.get('key-marker') ?? '';
  const uploadIdMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
  const byKey = groupByKey(bucket.index.uploads.values());
  const place = { from: keyMarker, inclusive: uploadIdMarker !== '' };
  const page = listPage([...byKey.keys()].sort(compareKeys), { ...parameters, ...place }, (key) => {
    const uploads = byKey.get(key) ?? [];
    return behind(uploads, key === keyMarker ? uploadIdMarker : '');
  });
  const { encode } = parameters;
  const uploads = page.entries.map((upload) =>
    group(
      'Upload',
      text('Key', encode(upload.key)),
      text('UploadId', upload.uploadId),
      writeParties(),
      text('StorageClass', upload.storageClass),
      text('Initiated', isoTime(upload.initiated)),
      text('ChecksumAlgorithm', upload.checksumAlgorithm),
      text('ChecksumType', upload.checksumType),
    ),
  );
  return xmlReply(
    document(
      'ListMultipartUploadsResult',
      writeListingParameters(exchange, parameters, { bucket: 'Bucket', limit: 'MaxUploads' }),
      text('KeyMarker', encode(keyMarker)),
      text('UploadIdMarker', uploadIdMarker),
      text('NextKeyMarker', page.truncated ? encode(page.last) : undefined),
      text('NextUploadIdMarker', page.truncated ? page.lastEntry?.uploadId : undefined),
      text('IsTruncated', page.truncated),
      ...uploads,
      writeCommonPrefixes(page, parameters),
    ),
  );
}
