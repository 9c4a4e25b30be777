import { requireReadable } from './archive.ts';
import { type ByteRange, parseRange } from './byte-range.ts';
import { requireReadConditions } from './conditions.ts';
import { requireCustomerKey } from './encryption.ts';
import { S3Error } from './errors.ts';
import { bucketOf, type Exchange, keyOf, numberInQuery } from './exchange.ts';
import type { ObjectVersion } from './model.ts';
import { openBytes } from './object-bytes.ts';
import { objectHeaders } from './object-headers.ts';
import type { Reply } from './reply.ts';
import { requireVersion } from './versions.ts';

const PART_LIMIT = 10_000;

function rangeOfPart(version: ObjectVersion, number: number): ByteRange {
  if (number > version.parts.length) throw new S3Error('InvalidPartNumber');
  const before = version.parts.slice(0, number - 1).reduce((sum, part) => sum + part.size, 0);
  return { start: before, end: before + (version.parts[number - 1]?.size ?? 0) };
}

function selectRange(exchange: Exchange, version: ObjectVersion): ByteRange | undefined {
  const partNumber = numberInQuery(exchange, 'partNumber', { minimum: 1, maximum: PART_LIMIT });
  const header = exchange.request.header('range');
  if (partNumber === undefined) return parseRange(header, version.size);
  if (header !== undefined)
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  return rangeOfPart(version, partNumber);
}

function partsCount(exchange: Exchange, version: ObjectVersion): string | undefined {
  const isMultipart = version.uploadId !== undefined;
  return isMultipart && exchange.request.query.has('partNumber') ? `${version.parts.length}` : undefined;
}

/** GetObject and HeadObject, which has the same answer without a body. */
export function getObject(exchange: Exchange): Reply {
  const { request } = exchange;
  const bucket = bucketOf(exchange);
  const version = requireVersion(bucket, keyOf(exchange), request.query.get('versionId'));
  requireCustomerKey(request, version.encryption);
  requireReadConditions(request, version);
  const range = selectRange(exchange, version);
  const { start, end } = range ?? { start: 0, end: version.size };
  const headers = {
    ...objectHeaders(request, bucket, version, end - start === version.size),
    'x-amz-mp-parts-count': partsCount(exchange, version),
    'content-range': range && version.size > 0 ? `bytes ${start}-${end - 1}/${version.size}` : undefined,
    'content-length': `${end - start}`,
  };
  const status = range === undefined ? 200 : 206;
  if (request.method === 'HEAD') return { status, headers };
  requireReadable(version);
  const { bytes, release } = openBytes(bucket, version, { start, end });
  return { status, headers, body: bytes, release };
}
