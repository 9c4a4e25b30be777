import { hash } from 'node:crypto';
import { type ChecksumAlgorithm, isCrc } from './checksum.ts';
import { type CrcAlgorithm, combineCrcs } from './crc-combine.ts';

/** Checksum of a part of an object. */
export interface SummedPart {
  readonly sum: Buffer;
  /** Bytes of the part. */
  readonly size: number;
}

/**
 * Returns the checksum that S3 stores for an object of these parts, in base64. A CRC is that of the whole object. A SHA-256
 * cannot be: it is S3's composite, which ends in `-` and the number of parts
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).
 */
export function checksumOfParts(algorithm: ChecksumAlgorithm, parts: readonly SummedPart[]): string {
  if (isCrc(algorithm)) {
    const pieces = parts.map(({ sum, size }) => ({ crc: sum, size }));
    return combineCrcs(algorithm.toUpperCase() as CrcAlgorithm, pieces).toString('base64');
  }
  return `${hash('sha256', Buffer.concat(parts.map(({ sum }) => sum)), 'base64')}-${parts.length}`;
}
