import type { ChecksumAlgorithm } from '../../checksum/checksum.ts';
import type { PartChecksums } from '../part-checksums.ts';

/** The header that carries this algorithm's value. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm}`;
}

/** What CreateMultipartUpload says of the checksums to come. Without a type S3 takes the parts' composite. */
export function announcement({ algorithm, isFullObject }: PartChecksums): Record<string, string> {
  return {
    ...(algorithm && { 'x-amz-checksum-algorithm': algorithm.toUpperCase() }),
    ...(isFullObject && { 'x-amz-checksum-type': 'FULL_OBJECT' }),
  };
}

/** What CompleteMultipartUpload says of the whole object. */
export function wholeChecksum(checksums: PartChecksums): Record<string, string> {
  const { algorithm, isFullObject } = checksums;
  if (algorithm === undefined || !isFullObject) return {};
  return { [checksumHeader(algorithm)]: checksums.whole() ?? '', 'x-amz-checksum-type': 'FULL_OBJECT' };
}

/** What CompleteMultipartUpload says of a part. @param index From 0. */
export function partElement(checksums: PartChecksums, index: number): string {
  const { algorithm } = checksums;
  if (algorithm === undefined) return '';
  const name = `Checksum${algorithm.toUpperCase()}`;
  return `<${name}>${checksums.of(index) ?? ''}</${name}>`;
}
