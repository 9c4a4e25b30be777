import { CHECKSUM_ALGORITHMS, checksumElement } from './checksum.ts';
import { requireCustomerKey } from './encryption.ts';
import { S3Error } from './errors.ts';
import { bucketOf, type Exchange, keyOf } from './exchange.ts';
import type { ObjectVersion } from './model.ts';
import { type Reply, xmlReply } from './reply.ts';
import { requireVersion, versionHeader } from './versions.ts';
import { document, group, text } from './xml-write.ts';

const PAGE_LIMIT = 1000;

function writeChecksum({ checksum }: ObjectVersion): string {
  if (checksum === undefined) return '';
  // Unlike other operations this one returns a composite checksum without its number of parts.
  const value = checksum.value.replace(/-\d+$/, '');
  return group(
    'Checksum',
    text(checksumElement(checksum.algorithm), value),
    text('ChecksumType', checksum.type),
  );
}

function writeParts({ parts, checksum }: ObjectVersion, marker: number, limit: number): string {
  const rest = parts
    .map((part, i) => ({ ...part, position: i + 1 }))
    .filter(({ position }) => position > marker);
  const page = rest.slice(0, limit);
  // S3 lists the parts only if it has their checksums, that is with a composite checksum.
  const listed = checksum?.type === 'COMPOSITE' ? page : [];
  const written = listed.map((part) =>
    group(
      'Part',
      text('PartNumber', part.position),
      text('Size', part.size),
      ...CHECKSUM_ALGORITHMS.map((algorithm) => text(checksumElement(algorithm), part.checksums[algorithm])),
    ),
  );
  return group(
    'ObjectParts',
    text('PartsCount', parts.length),
    text('PartNumberMarker', marker),
    text('NextPartNumberMarker', page.at(-1)?.position ?? 0),
    text('MaxParts', limit),
    text('IsTruncated', rest.length > page.length),
    ...written,
  );
}

function numberInHeader(value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!/^\d{1,9}$/.test(value)) throw new S3Error('InvalidArgument');
  return Number(value);
}

/** GetObjectAttributes. */
export function getObjectAttributes(exchange: Exchange): Reply {
  const { request } = exchange;
  const bucket = bucketOf(exchange);
  const version = requireVersion(bucket, keyOf(exchange), request.query.get('versionId'));
  requireCustomerKey(request, version.encryption);
  const wanted = new Set(
    (request.header('x-amz-object-attributes') ?? '').split(',').map((name) => name.trim()),
  );
  if (wanted.has('')) throw new S3Error('InvalidArgument', 'The x-amz-object-attributes header is required.');
  const marker = numberInHeader(request.header('x-amz-part-number-marker'), 0);
  const limit = Math.min(numberInHeader(request.header('x-amz-max-parts'), PAGE_LIMIT), PAGE_LIMIT);
  const isMultipart = version.uploadId !== undefined;
  return xmlReply(
    document(
      'GetObjectAttributesResponse',
      wanted.has('ETag') ? text('ETag', version.etag) : '',
      wanted.has('Checksum') ? writeChecksum(version) : '',
      wanted.has('ObjectParts') && isMultipart ? writeParts(version, marker, limit) : '',
      wanted.has('StorageClass') ? text('StorageClass', version.storageClass) : '',
      wanted.has('ObjectSize') ? text('ObjectSize', version.size) : '',
    ),
    {
      'last-modified': new Date(version.modified).toUTCString(),
      ...versionHeader(bucket.settings, version.versionId),
    },
  );
}
