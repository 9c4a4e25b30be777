const MIB = 1024 * 1024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PARTS = 10_000;

/** Parts that there is to be room for at least: one that is sent, and one that is read meanwhile. */
export const PARTS_IN_MEMORY = 2;

/** The least size, in whole MiB, of equal parts of which so many suffice. Bytes. */
export function partSizeFor(size: number, least: number, most = MAX_PARTS): number {
  return Math.ceil(Math.max(least, size / most) / MIB) * MIB;
}
