import type { ChecksumAlgorithm } from '../checksum/checksum.ts';
import { isDirectoryBucket } from './directory-bucket.ts';
import type { StoreOptions } from './store-types.ts';

/** What each body is sent with, for the store to check it by. */
export interface Digests {
  /** Whether as Content-MD5. */
  readonly md5: boolean;
  /** Sent, and stored with the object. */
  readonly checksum: ChecksumAlgorithm | undefined;
}

type Deciding = Pick<StoreOptions, 'bucket' | 'checksum' | 'object'>;

/** Two at once are AWS's alone: R2 and others refuse a checksum beside Content-MD5. */
export function digestsFor(options: Deciding, isAws: boolean): Digests {
  const { checksum = 'auto' } = options;
  if (checksum === 'md5') return { md5: true, checksum: undefined };
  if (checksum !== 'auto') return { md5: isAws, checksum };
  // AWS reports it where the ETag is no MD5 (SSE-KMS, also as a bucket's default).
  if (isAws) return { md5: true, checksum: 'crc32' };
  return hasMd5Etags(options) ? { md5: true, checksum: undefined } : { md5: false, checksum: 'crc32' };
}

function hasMd5Etags({ bucket, object = {} }: Deciding): boolean {
  const { serverSideEncryption = 'AES256', customerKey } = object;
  return serverSideEncryption === 'AES256' && customerKey === undefined && !isDirectoryBucket(bucket);
}
