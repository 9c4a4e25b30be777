import { createHash } from 'node:crypto';
import type { SourceContent } from '../source/content.ts';

const MIB = 1024 * 1024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PARTS = 10_000;

/** Parts that there is to be room for at least: one that is sent, and one that is read meanwhile. */
export const PARTS_IN_MEMORY = 2;

/** The least size, in whole MiB, of equal parts of which 10,000 suffice. Bytes. */
export function partSizeFor(size: number, least: number): number {
  return Math.ceil(Math.max(least, size / MAX_PARTS) / MIB) * MIB;
}

/** Computes the ETag that S3 makes of a multipart upload, from bytes that come in pieces of any size. */
export class PartsDigest {
  readonly #partSize: number;
  readonly #md5s: Buffer[] = [];
  #part = createHash('md5');
  #filled = 0;

  constructor(partSize: number) {
    this.#partSize = partSize;
  }

  update(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; ) {
      const piece = bytes.subarray(start, start + this.#partSize - this.#filled);
      this.#part.update(piece);
      start += piece.length;
      this.#filled += piece.length;
      if (this.#filled === this.#partSize) this.#endPart();
    }
  }

  #endPart(): void {
    this.#md5s.push(this.#part.digest());
    this.#part = createHash('md5');
    this.#filled = 0;
  }

  etag(): string {
    if (this.#filled > 0) this.#endPart();
    return etagOfParts(this.#md5s);
  }
}

/** Reads a file and computes the ETag that S3 makes of it as a multipart upload; its MD5 and CRC-32 are known then, too. */
export async function readPartsEtag(content: SourceContent, partSize: number): Promise<string> {
  const digest = new PartsDigest(partSize);
  for await (const chunk of content.chunks()) digest.update(chunk);
  return digest.etag();
}

/** The MD5 of the parts' MD5s, and their number. */
export function etagOfParts(md5s: readonly Buffer[]): string {
  return `${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${md5s.length}`;
}
