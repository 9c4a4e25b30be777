import { createHash, randomBytes } from 'node:crypto';
import type { Bucket } from './bucket.ts';
import { isDirectoryBucket } from './directory-bucket-name.ts';
import { hasMd5Etag } from './encryption.ts';
import type { Encryption } from './model.ts';

/** Makes a random ETag of the form of an MD5. */
export function randomEtag(): string {
  return randomBytes(16).toString('hex');
}

/**
 * ETag of an object or part that was sent as one body: the MD5 in hex. It is random if the object is encrypted with KMS or a
 * customer's key, and in a directory bucket.
 */
export function etagOfBody(md5: Buffer, encryption: Encryption, { settings }: Bucket): string {
  const isMd5 = hasMd5Etag(encryption) && !isDirectoryBucket(settings.name);
  return isMd5 ? md5.toString('hex') : randomEtag();
}

/** ETag of a multipart object: the MD5 of the parts' ETags as bytes, followed by `-` and the number of parts. */
export function etagOfParts(etags: readonly string[]): string {
  const hash = createHash('md5');
  for (const etag of etags) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${etags.length}`;
}

/** Puts an ETag in the quotes that it has in headers and documents. */
export function quoted(etag: string): string {
  return `"${etag}"`;
}

/** Removes the quotes of an ETag, if there are any. */
export function unquoted(etag: string): string {
  return etag.trim().replace(/^"(.*)"$/, '$1');
}
