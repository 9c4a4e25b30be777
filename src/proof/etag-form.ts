import { isDirectoryBucket } from '../s3/directory-bucket.ts';
import { looksLikeMd5 } from './rules/etag.ts';
import type { ObjectState } from './rules/object-state.ts';

/** What an ETag is: an MD5, that of a multipart upload, or nothing that says anything of the content. */
export type EtagForm = 'md5' | `parts-${number}` | 'opaque';

/**
 * Told by its look, and by what is known of the object: under SSE-KMS and SSE-C, and in directory buckets, it looks like an
 * MD5 and is none.
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
