import { createHash } from 'node:crypto';
import { type CrcAlgorithm, type RunningSum, startCrc } from './crc.ts';
import { S3Error } from './errors.ts';

const ALGORITHMS = {
  CRC32: { bytes: 4, start: () => startCrc('CRC32') },
  CRC32C: { bytes: 4, start: () => startCrc('CRC32C') },
  CRC64NVME: { bytes: 8, start: () => startCrc('CRC64NVME') },
  SHA1: { bytes: 20, start: () => createHash('sha1') },
  SHA256: { bytes: 32, start: () => createHash('sha256') },
} as const;

/** The algorithms of the `x-amz-checksum-*` headers. */
export type ChecksumAlgorithm = keyof typeof ALGORITHMS;
/** Whether a checksum covers the object's bytes, or the checksums of its parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** All values of {@link ChecksumAlgorithm}. */
export const CHECKSUM_ALGORITHMS = Object.keys(ALGORITHMS) as readonly ChecksumAlgorithm[];

/** Starts a checksum. */
export function startChecksum(algorithm: ChecksumAlgorithm): RunningSum {
  return ALGORITHMS[algorithm].start();
}

/** Name, in lower case, of the header or trailer with an algorithm's value. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** Name of the XML element with an algorithm's value. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

/** Whether an algorithm is a CRC: its value of the whole can be computed from those of the parts. */
export function isCrc(algorithm: ChecksumAlgorithm): algorithm is CrcAlgorithm {
  return algorithm.startsWith('CRC');
}

/** Parses the name of an algorithm, in any case. @throws {S3Error} InvalidRequest for an algorithm that S3 does not have. */
export function parseAlgorithm(name: string): ChecksumAlgorithm {
  const found = CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase());
  if (found === undefined) throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  return found;
}

/** Validates a checksum's form. @throws {S3Error} InvalidRequest unless it is base64 of the right number of bytes. */
export function requireChecksumValue(algorithm: ChecksumAlgorithm, value: string): void {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== ALGORITHMS[algorithm].bytes || bytes.toString('base64') !== value) {
    throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
}
