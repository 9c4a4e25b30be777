import { type ChecksumAlgorithm, isCrc } from '../../digest/checksum.ts';

/** Header that carries the value of a checksum algorithm. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm}`;
}

/** XML element that carries the checksum of a part. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm.toUpperCase()}`;
}

/** Headers of CreateMultipartUpload about the checksums to come. Without a type S3 makes the composite of the parts. */
export function announcement(algorithm: ChecksumAlgorithm | undefined): Record<string, string> {
  if (algorithm === undefined) return {};
  return {
    'x-amz-checksum-algorithm': algorithm.toUpperCase(),
    ...(isCrc(algorithm) && { 'x-amz-checksum-type': 'FULL_OBJECT' }),
  };
}
