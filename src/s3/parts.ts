import { createHash } from 'node:crypto';
import {
  type ChecksumAlgorithm,
  checksumOfParts,
  type SummedPart,
  startChecksum,
} from '../digest/checksum.ts';
import type { RunningSum } from '../digest/running-sum.ts';
import type { SourceContent } from '../source/content.ts';

const MIB = 1024 * 1024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PARTS = 10_000;

/** Parts that there is to be room for at least: one that is sent, and one that is read meanwhile. */
export const PARTS_IN_MEMORY = 2;

/** The least size, in whole MiB, of equal parts of which so many suffice. Bytes. */
export function partSizeFor(size: number, least: number, most = MAX_PARTS): number {
  return Math.ceil(Math.max(least, size / most) / MIB) * MIB;
}

/** Computes what S3 makes of a multipart upload, from bytes that come in pieces of any size. */
export class PartsDigest {
  readonly #partSize: number;
  readonly #algorithm: ChecksumAlgorithm | undefined;
  readonly #md5s: Buffer[] = [];
  readonly #sums: SummedPart[] = [];
  #part = createHash('md5');
  #sum: RunningSum | undefined;
  #filled = 0;

  /** @param algorithm Of a checksum beside the ETag. */
  constructor(partSize: number, algorithm?: ChecksumAlgorithm) {
    this.#partSize = partSize;
    this.#algorithm = algorithm;
    this.#sum = algorithm && startChecksum(algorithm);
  }

  update(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; ) {
      const piece = bytes.subarray(start, start + this.#partSize - this.#filled);
      this.#part.update(piece);
      this.#sum?.update(piece);
      start += piece.length;
      this.#filled += piece.length;
      if (this.#filled === this.#partSize) this.#endPart();
    }
  }

  /** Nothing at all is one part that is empty. */
  #endLast(): void {
    if (this.#filled > 0 || this.#md5s.length === 0) this.#endPart();
  }

  #endPart(): void {
    this.#md5s.push(this.#part.digest());
    this.#part = createHash('md5');
    if (this.#algorithm && this.#sum) {
      this.#sums.push({ sum: this.#sum.digest(), size: this.#filled });
      this.#sum = startChecksum(this.#algorithm);
    }
    this.#filled = 0;
  }

  etag(): string {
    this.#endLast();
    return etagOfParts(this.#md5s);
  }

  /** Undefined where no algorithm was named. */
  checksum(): string | undefined {
    this.#endLast();
    return this.#algorithm && checksumOfParts(this.#algorithm, this.#sums);
  }
}

/**
 * Reads a file and computes the ETag that S3 makes of it as a multipart upload; its MD5 is known then, too, and
 * this checksum, where one is named.
 */
export async function readPartsEtag(
  content: SourceContent,
  partSize: number,
  algorithm?: ChecksumAlgorithm,
): Promise<string> {
  const digest = new PartsDigest(partSize, algorithm);
  for await (const chunk of content.chunks()) digest.update(chunk);
  if (algorithm) content.checksums[algorithm] = digest.checksum();
  return digest.etag();
}

/** The MD5 of the parts' MD5s, and their number. */
export function etagOfParts(md5s: readonly Buffer[]): string {
  return `${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${md5s.length}`;
}
