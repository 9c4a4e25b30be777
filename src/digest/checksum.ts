/** The room `digest` computes MD5s (`md5/`), CRCs, checksums, and the digests of multipart uploads. */
import { setImmediate } from 'node:timers/promises';
import { startCrc32, startCrc32c, startCrc64Nvme } from './crc.ts';
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
