import { createHash } from 'node:crypto';
import type { SourceContent } from '../source/content.ts';

const MIB = 1024 * 1024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000;

/** Parts of one file that are sent at once. */
export const PARTS_AT_ONCE = 4;

/** Parts of one file that lib-storage holds in memory: those in flight, one in the making, and what it is made of. */
export const PARTS_IN_MEMORY = PARTS_AT_ONCE + 2;

/** The least size, in whole MiB, of equal parts of which 10,000 suffice. Bytes. */
export function partSizeFor(size: number, least: number): number {
  return Math.max(least, Math.ceil(size / MAX_PARTS / MIB) * MIB);
}

/** Reads a file and computes the ETag that S3 makes of it as a multipart upload: MD5 of the parts' MD5s, and their number. */
export async function readPartsEtag(content: SourceContent, partSize: number): Promise<string> {
  const md5s: Buffer[] = [];
  let part = createHash('md5');
  let filled = 0;
  for await (const chunk of content.chunks()) {
    for (let start = 0; start < chunk.length; ) {
      const piece = chunk.subarray(start, start + partSize - filled);
      part.update(piece);
      start += piece.length;
      filled += piece.length;
      if (filled < partSize) continue;
      md5s.push(part.digest());
      part = createHash('md5');
      filled = 0;
    }
  }
  if (filled > 0) md5s.push(part.digest());
  return etagOfParts(md5s);
}

export function etagOfParts(md5s: readonly Buffer[]): string {
  return `${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${md5s.length}`;
}
