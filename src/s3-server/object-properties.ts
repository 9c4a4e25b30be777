import type { Bucket } from './bucket.ts';
import { readEncryption } from './encryption.ts';
import { S3Error } from './errors.ts';
import type { ObjectProperties } from './model.ts';
import { readObjectLock } from './object-lock.ts';
import type { S3Request } from './request.ts';
import { parseTagHeader } from './tags.ts';

const STORED_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
  'x-amz-website-redirect-location',
] as const;
const METADATA_PREFIX = 'x-amz-meta-';
/** S3's limit for all names and values of user metadata together, in bytes. */
const METADATA_LIMIT_BYTES = 2048;
const STORAGE_CLASSES: ReadonlySet<string> = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'GLACIER_IR',
  'DEEP_ARCHIVE',
  'EXPRESS_ONEZONE',
]);

/** Removes `aws-chunked` from a content encoding, since it describes the request, not the object. */
function withoutChunking(encoding: string): string {
  const codings = encoding.split(',').map((coding) => coding.trim());
  return codings.filter((coding) => coding !== '' && coding !== 'aws-chunked').join(',');
}

function readStoredHeaders(request: S3Request): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of STORED_HEADERS) {
    const value = request.header(name);
    const stored = name === 'content-encoding' && value !== undefined ? withoutChunking(value) : value;
    if (stored !== undefined && stored !== '') headers[name] = stored;
  }
  return headers;
}

function readMetadata({ incoming, query }: S3Request): Record<string, string> {
  const hoisted = query.has('X-Amz-Signature') ? [...query] : [];
  const metadata = new Map<string, string>();
  for (const [name, value] of [...hoisted, ...Object.entries(incoming.headers)]) {
    if (!name.startsWith(METADATA_PREFIX) || value === undefined) continue;
    metadata.set(name.slice(METADATA_PREFIX.length), Array.isArray(value) ? value.join(',') : value);
  }
  // Header values are Latin-1 here: a character is a byte.
  const bytes = [...metadata].reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes > METADATA_LIMIT_BYTES) throw new S3Error('MetadataTooLarge');
  return Object.fromEntries(metadata);
}

/** Reads the storage class of a new object. Default STANDARD. @throws {S3Error} InvalidStorageClass. */
export function readStorageClass(request: S3Request): string {
  const storageClass = request.header('x-amz-storage-class') ?? 'STANDARD';
  if (!STORAGE_CLASSES.has(storageClass)) throw new S3Error('InvalidStorageClass');
  return storageClass;
}

/** Reads standard headers and user metadata, which a copy either takes over or replaces as a whole. */
export function readDescription(request: S3Request): Pick<ObjectProperties, 'headers' | 'metadata'> {
  return { headers: readStoredHeaders(request), metadata: readMetadata(request) };
}

/**
 * Reads the properties of a new object from the headers of PutObject or CreateMultipartUpload.
 *
 * @param needsDigest whether S3 requires a digest of the body if the object is locked.
 * @throws {S3Error} MetadataTooLarge, InvalidTag, InvalidStorageClass, InvalidArgument, InvalidRequest.
 */
export function readProperties(
  request: S3Request,
  bucket: Bucket,
  { needsDigest }: { readonly needsDigest: boolean },
): ObjectProperties {
  return {
    ...readDescription(request),
    tags: parseTagHeader(request.header('x-amz-tagging')),
    storageClass: readStorageClass(request),
    encryption: readEncryption(request, bucket.settings.documents.encryption),
    lock: readObjectLock(request, bucket, needsDigest),
  };
}
