import { isDirectoryBucket } from '../s3/directory-bucket.ts';
import { looksLikeMd5 } from './rules/etag.ts';
import type { ObjectState } from './rules/object-state.ts';

/** Kind of an ETag: the MD5 of the content, the ETag of a multipart upload with its number of parts, or neither. */
export type EtagForm = 'md5' | `parts-${number}` | 'opaque';

/**
 * Classifies an ETag by its look and by what is known of its object. With SSE-KMS, with SSE-C and in directory buckets an ETag
 * looks like an MD5 but is not one (S3 API reference, "Object", ETag).
 *
 * @param bucket Name of the object's bucket.
 */
export function etagFormOf(
  { etag, etagIsDigest }: Pick<ObjectState, 'etag' | 'etagIsDigest'>,
  bucket: string,
): EtagForm {
  if (etagIsDigest === false || isDirectoryBucket(bucket)) return 'opaque';
  if (looksLikeMd5(etag)) return 'md5';
  const [, parts] = /^[0-9a-f]{32}-(\d+)$/i.exec(etag ?? '') ?? [];
  return parts === undefined ? 'opaque' : `parts-${Number(parts)}`;
}
