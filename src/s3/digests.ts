import type { ChecksumAlgorithm } from '../checksum/checksum.ts';
import type { StoreOptions } from './store-types.ts';

/** What each body is sent with, for the store to check it by. */
export interface Digests {
  /** Whether as Content-MD5. */
  readonly md5: boolean;
  /** Sent, and stored with the object. */
  readonly checksum: ChecksumAlgorithm | undefined;
}

/** Two at once are AWS's alone: R2 and others refuse a checksum beside Content-MD5. */
export function digestsFor(
  { checksum = 'auto', object }: Pick<StoreOptions, 'checksum' | 'object'>,
  isAws: boolean,
): Digests {
  if (checksum === 'md5') return { md5: true, checksum: undefined };
  if (checksum !== 'auto') return { md5: isAws, checksum };
  // AWS reports it where the ETag is no MD5 (SSE-KMS, also as a bucket's default).
  if (isAws) return { md5: true, checksum: 'crc32' };
  const etagServes = (object?.serverSideEncryption ?? 'AES256') === 'AES256';
  return etagServes ? { md5: true, checksum: undefined } : { md5: false, checksum: 'crc32' };
}
