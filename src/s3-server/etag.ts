import { createHash, randomBytes } from 'node:crypto';
import type { Bucket } from './bucket.ts';
import { isDirectoryBucket } from './directory-bucket-name.ts';
import { hasMd5Etag } from './encryption.ts';
import type { Encryption } from './model.ts';

/** An ETag that says nothing about the bytes. */
export function randomEtag(): string {
  return randomBytes(16).toString('hex');
}

/**
 * The ETag of one body: its MD5 in hex, or something opaque where S3 encrypts with KMS or a customer's key, and in a
 * directory bucket.
 */
export function etagOfBody(md5: Buffer, encryption: Encryption, { settings }: Bucket): string {
  const isMd5 = hasMd5Etag(encryption) && !isDirectoryBucket(settings.name);
  return isMd5 ? md5.toString('hex') : randomEtag();
}

/** The ETag of a multipart object: MD5 over the parts' ETags as bytes, `-`, and their number. */
export function etagOfParts(etags: readonly string[]): string {
  const hash = createHash('md5');
  for (const etag of etags) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${etags.length}`;
}

/** As in headers and documents. */
export function quoted(etag: string): string {
  return `"${etag}"`;
}

/** Without the quotes that clients may leave out. */
export function unquoted(etag: string): string {
  return etag.trim().replace(/^"(.*)"$/, '$1');
}
