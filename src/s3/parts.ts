const MIB = 1024 * 1024;
/** Most parts of an upload on S3 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). */
export const MAX_PARTS = 10_000;

/** Memory must hold two parts: one being sent, one being read. */
export const PARTS_IN_MEMORY = 2;

/** Smallest part size, in bytes and whole MiB, of at least `minimum`, with which a file of `size` bytes has at most `maxParts` parts. */
export function partSizeFor(size: number, minimum: number, maxParts = MAX_PARTS): number {
  return Math.ceil(Math.max(minimum, size / maxParts) / MIB) * MIB;
}
