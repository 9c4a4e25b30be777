const MIB = 1024 * 1024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000;

/** Parts of one file that are sent at once. */
export const PARTS_AT_ONCE = 4;

/** The least size, in whole MiB, of equal parts of which 10,000 suffice. Bytes. */
export function partSizeFor(size: number, least: number): number {
  return Math.max(least, Math.ceil(size / MAX_PARTS / MIB) * MIB);
}
