import { DEFAULTS } from '../core/defaults.ts';
import type { ChecksumAlgorithm } from '../digest/checksum.ts';
import { isDirectoryBucket } from './directory-bucket.ts';
import type { StoreOptions } from './store-types.ts';

/** Digests that each body is sent with, so that the store can check it. */
export interface Digests {
  /** Whether bodies are sent with Content-MD5. */
  readonly md5: boolean;
  /** Checksum algorithm: its value is sent and stored with the object; undefined for none. */
  readonly checksum: ChecksumAlgorithm | undefined;
}

/**
 * Checksum algorithm for objects whose ETag is no digest. A CRC would prove what this run sent, but no later run could
 * compare content by it.
 */
export const FOR_OPAQUE_ETAGS: ChecksumAlgorithm = 'sha256';

type Deciding = Pick<StoreOptions, 'bucket' | 'checksum' | 'object'>;

/** Chooses the digests. Only AWS takes both: R2 and others refuse a checksum beside Content-MD5. */
export function digestsFor(options: Deciding, isAws: boolean): Digests {
  const { checksum = DEFAULTS.checksum } = options;
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
