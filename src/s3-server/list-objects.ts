import { S3Error } from './errors.ts';
import { quoted } from './etag.ts';
import { bucketOf, type Exchange, numberInQuery } from './exchange.ts';
import { listPage, type Page } from './list-page.ts';
import type { ObjectVersion } from './model.ts';
import { type Reply, xmlReply } from './reply.ts';
import { encodeListed } from './uri.ts';
import { document, group, isoTime, text } from './xml-write.ts';

/** Id of the only owner of buckets and objects. */
export const OWNER_ID = '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a';

/** Query parameters that all listings of keys have in common. */
export interface ListingParameters {
  readonly prefix: string;
  readonly delimiter: string;
  /** Maximum number of entries on the page. */
  readonly limit: number;
  readonly encodingType: string | undefined;
  /** Encodes a key as `encoding-type` requires. */
  readonly encode: (key: string) => string;
}

/**
 * Reads the common parameters of a listing.
 *
 * @param limitName Query parameter with the page size: `max-keys` or `max-uploads`.
 * @throws {S3Error} InvalidArgument.
 */
export function readListingParameters(exchange: Exchange, limitName: string): ListingParameters {
  const { request, pageLimit } = exchange;
  const { query } = request;
  const encodingType = query.get('encoding-type');
  if (encodingType !== undefined && encodingType !== 'url') {
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request');
  }
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    limit: Math.min(numberInQuery(exchange, limitName) ?? pageLimit, pageLimit),
    encodingType,
    encode: encodingType === 'url' ? encodeListed : (key) => key,
  };
}

/** Names of the elements for the bucket and the page size in a listing's document. */
export interface ListingElements {
  readonly bucket: 'Name' | 'Bucket';
  readonly limit: 'MaxKeys' | 'MaxUploads';
}

/** Element names in listings of objects and versions. */
export const OBJECT_ELEMENTS: ListingElements = { bucket: 'Name', limit: 'MaxKeys' };

/** Writes the elements that repeat the parameters of a listing. */
export function writeListingParameters(
  exchange: Exchange,
  parameters: ListingParameters,
  elements: ListingElements,
): string {
  const { prefix, delimiter, limit, encodingType, encode } = parameters;
  return [
    text(elements.bucket, exchange.request.bucket),
    text('Prefix', encode(prefix)),
    text('Delimiter', delimiter === '' ? undefined : encode(delimiter)),
    text(elements.limit, limit),
    text('EncodingType', encodingType),
  ].join('');
}

/** Writes the CommonPrefixes elements of a page. */
export function writeCommonPrefixes(
  { commonPrefixes }: Page<unknown>,
  { encode }: ListingParameters,
): string {
  return commonPrefixes.map((prefix) => group('CommonPrefixes', text('Prefix', encode(prefix)))).join('');
}

/** Writes the elements that describe one version in a listing, without its key. */
export function writeListedVersion(version: ObjectVersion, withOwner: boolean): string {
  return [
    text('LastModified', isoTime(version.modified)),
    text('ETag', quoted(version.etag)),
    text('ChecksumAlgorithm', version.checksum?.algorithm),
    text('ChecksumType', version.checksum?.type),
    text('Size', version.size),
    text('StorageClass', version.storageClass),
    withOwner ? group('Owner', text('ID', OWNER_ID)) : '',
  ].join('');
}

function pageOfObjects(exchange: Exchange, parameters: ListingParameters, from: string): Page<ObjectVersion> {
  const bucket = bucketOf(exchange);
  return listPage(bucket.index.sortedKeys(), { ...parameters, from, inclusive: false }, (key) => {
    const current = bucket.current(key);
    return current === undefined ? [] : [current];
  });
}

function writeContents(page: Page<ObjectVersion>, { encode }: ListingParameters, withOwner: boolean): string {
  return page.entries
    .map((version) =>
      group('Contents', text('Key', encode(version.key)), writeListedVersion(version, withOwner)),
    )
    .join('');
}

/** ListObjects (version 1), whose pages continue after a key. */
export function listObjects(exchange: Exchange): Reply {
  const parameters = readListingParameters(exchange, 'max-keys');
  const marker = exchange.request.query.get('marker') ?? '';
  const page = pageOfObjects(exchange, parameters, marker);
  // S3 sends NextMarker only with a delimiter. Else the client uses the last key of the page.
  const next = page.truncated && parameters.delimiter !== '' ? parameters.encode(page.last) : undefined;
  return xmlReply(
    document(
      'ListBucketResult',
      writeListingParameters(exchange, parameters, OBJECT_ELEMENTS),
      text('Marker', parameters.encode(marker)),
      text('NextMarker', next),
      text('IsTruncated', page.truncated),
      writeContents(page, parameters, true),
      writeCommonPrefixes(page, parameters),
    ),
  );
}

function parseToken(token: string): string {
  const decoded = Buffer.from(token, 'base64url').toString('utf8');
  if (writeToken(decoded) === token) return decoded;
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
}

function writeToken(last: string): string {
  return Buffer.from(last).toString('base64url');
}

/** ListObjectsV2, whose pages continue after an opaque token. */
export function listObjectsV2(exchange: Exchange): Reply {
  const { query } = exchange.request;
  const parameters = readListingParameters(exchange, 'max-keys');
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const page = pageOfObjects(
    exchange,
    parameters,
    token === undefined ? (startAfter ?? '') : parseToken(token),
  );
  return xmlReply(
    document(
      'ListBucketResult',
      writeListingParameters(exchange, parameters, OBJECT_ELEMENTS),
      text('KeyCount', page.entries.length + page.commonPrefixes.length),
      text('ContinuationToken', token),
      text('NextContinuationToken', page.truncated ? writeToken(page.last) : undefined),
      text('StartAfter', startAfter === undefined ? undefined : parameters.encode(startAfter)),
      text('IsTruncated', page.truncated),
      writeContents(page, parameters, query.get('fetch-owner') === 'true'),
      writeCommonPrefixes(page, parameters),
    ),
  );
}
