/** The room `digest` computes MD5s (`md5/`), CRCs, checksums, and the digests of multipart uploads. */
import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { startCrc32, startCrc32c, startCrc64Nvme } from './crc.ts';
import { type CrcAlgorithm, combineCrcs } from './crc-combine.ts';
import { type RunningSum, startHash } from './running-sum.ts';

const START = {
  crc32: startCrc32,
  crc32c: startCrc32c,
  crc64nvme: startCrc64Nvme,
  sha256: () => startHash('sha256'),
} as const;

/** The checksums that an object can be stored with, by the ends of their `x-amz-checksum-*` headers. */
export type ChecksumAlgorithm = keyof typeof START;
export const CHECKSUM_ALGORITHMS = Object.keys(START) as readonly ChecksumAlgorithm[];

/** Base64, as S3 writes them; what S3 makes of the checksums of n parts ends in `-n`. */
export type Checksums = Partial<Record<ChecksumAlgorithm, string | undefined>>;

/** A stretch of an object's bytes. */
export interface SummedPart {
  readonly sum: Buffer;
  /** Bytes. */
  readonly size: number;
}

/** The event loop has a turn after so many bytes, which take 15 ms at the slowest. */
const TURN_BYTES = 4 * 1024 * 1024;

export function startChecksum(algorithm: ChecksumAlgorithm): RunningSum {
  return START[algorithm]();
}

/** The bytes must not change until it is done. */
export async function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Promise<Buffer> {
  const sum = startChecksum(algorithm);
  for (let at = 0; at < bytes.length; at += TURN_BYTES) {
    if (at > 0) await setImmediate();
    sum.update(bytes.subarray(at, at + TURN_BYTES));
  }
  return sum.digest();
}

/** Whether the value of a whole can be had from those of its parts. */
export function isCrc(algorithm: ChecksumAlgorithm): boolean {
  return algorithm !== 'sha256';
}

/**
 * The checksum of an object that is sent in these parts: a CRC is that of the whole object, as a SHA-256 cannot be; that one
 * is S3's composite (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).
 */
export function checksumOfParts(algorithm: ChecksumAlgorithm, parts: readonly SummedPart[]): string {
  if (isCrc(algorithm)) {
    const pieces = parts.map(({ sum, size }) => ({ crc: sum, size }));
    return combineCrcs(algorithm.toUpperCase() as CrcAlgorithm, pieces).toString('base64');
  }
  return `${hash('sha256', Buffer.concat(parts.map(({ sum }) => sum)), 'base64')}-${parts.length}`;
}
