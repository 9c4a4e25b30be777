import { type ChecksumAlgorithm, isCrc } from '../../digest/checksum.ts';

/** The header that carries this algorithm's value. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm}`;
}

/** The element that carries it for a part. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm.toUpperCase()}`;
}

/** What CreateMultipartUpload says of the checksums to come. Without a type S3 takes the parts' composite. */
export function announcement(algorithm: ChecksumAlgorithm | undefined): Record<string, string> {
  if (algorithm === undefined) return {};
  return {
    'x-amz-checksum-algorithm': algorithm.toUpperCase(),
    ...(isCrc(algorithm) && { 'x-amz-checksum-type': 'FULL_OBJECT' }),
  };
}
