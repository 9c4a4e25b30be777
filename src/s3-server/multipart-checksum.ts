import { type ChecksumAlgorithm, isCrc, startChecksum } from './checksum.ts';
import { crcOfPieces } from './crc.ts';
import { S3Error } from './errors.ts';
import type { MultipartUpload, StoredChecksum, StoredPart } from './model.ts';

function valueOfPart(part: StoredPart, algorithm: ChecksumAlgorithm): Buffer {
  const value = part.checksums[algorithm];
  if (value === undefined)
    throw new S3Error('InvalidPart', `Part ${part.number} has no ${algorithm} checksum.`);
  return Buffer.from(value, 'base64');
}

/** Composite checksum: the checksum of the parts' checksums. */
function composite(algorithm: ChecksumAlgorithm, parts: readonly StoredPart[]): string {
  const sum = startChecksum(algorithm);
  for (const part of parts) sum.update(valueOfPart(part, algorithm));
  return `${sum.digest().toString('base64')}-${parts.length}`;
}

/** Checksum of the whole object, combined from those of the parts without reading a byte. */
function fullObject(algorithm: ChecksumAlgorithm, parts: readonly StoredPart[]): string {
  if (!isCrc(algorithm)) throw new S3Error('InvalidRequest');
  const pieces = parts.map((part) => ({ crc: valueOfPart(part, algorithm), size: part.size }));
  return crcOfPieces(algorithm, pieces).toString('base64');
}

/**
 * Checksum of a completed upload; undefined if the upload was created without an algorithm.
 *
 * @throws {S3Error} InvalidPart if a part has no such checksum.
 */
export function checksumOfParts(
  { checksumAlgorithm: algorithm, checksumType: type }: MultipartUpload,
  parts: readonly StoredPart[],
): StoredChecksum | undefined {
  if (algorithm === undefined || type === undefined) return undefined;
  const value = type === 'COMPOSITE' ? composite(algorithm, parts) : fullObject(algorithm, parts);
  return { algorithm, type, value };
}
