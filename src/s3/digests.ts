import type { ChecksumAlgorithm } from '../digest/checksum.ts';
import { isDirectoryBucket } from './directory-bucket.ts';
import type { StoreOptions } from './store-types.ts';

/** What each body is sent with, for the store to check it by. */
export interface Digests {
  /** Whether as Content-MD5. */
  readonly md5: boolean;
  /** Sent, and stored with the object. */
  readonly checksum: ChecksumAlgorithm | undefined;
}

/** A CRC would prove what this run has sent, but no later run could tell by it whether content is the same. */
export const FOR_OPAQUE_ETAGS: ChecksumAlgorithm = 'sha256';

type Deciding = Pick<StoreOptions, 'bucket' | 'checksum' | 'object'>;

/** Two at once are AWS's alone: R2 and others refuse a checksum beside Content-MD5. */
export function digestsFor(options: Deciding, isAws: boolean): Digests {
  const { checksum = 'auto' } = options;
  if (checksum === 'md5') return { md5: true, checksum: undefined };
  if (checksum !== 'auto') return { md5: isAws, checksum };
  if (!hasMd5Etags(options)) return { md5: isAws, checksum: FOR_OPAQUE_ETAGS };
  // AWS reports it if the ETag is no MD5 (SSE-KMS as a bucket's default), as it turns out with the first answer.
  return { md5: true, checksum: isAws ? 'crc32' : undefined };
}

function hasMd5Etags({ bucket, object = {} }: Deciding): boolean {
  const { serverSideEncryption = 'AES256', customerKey } = object;
  return serverSideEncryption === 'AES256' && customerKey === undefined && !isDirectoryBucket(bucket);
}
