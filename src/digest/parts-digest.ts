import { createHash } from 'node:crypto';
import { type ChecksumAlgorithm, startChecksum } from './checksum.ts';
import { checksumOfParts, type SummedPart } from './checksum-of-parts.ts';
import { type PartLayout, sizeOfPart } from './part-layout.ts';
import type { RunningSum } from './running-sum.ts';

/** Computes what S3 makes of a multipart upload, from bytes that come in pieces of any size. */
export class PartsDigest {
  readonly #layout: PartLayout;
  readonly #algorithm: ChecksumAlgorithm | undefined;
  readonly #md5s: Buffer[] = [];
  readonly #sums: SummedPart[] = [];
  #part = createHash('md5');
  #sum: RunningSum | undefined;
  #filled = 0;
  #partSize: number;

  /**
   * @param layout Sizes of the parts.
   * @param algorithm Of a checksum beside the ETag.
   */
  constructor(layout: PartLayout, algorithm?: ChecksumAlgorithm) {
    this.#layout = layout;
    this.#partSize = sizeOfPart(layout, 0);
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
    this.#partSize = sizeOfPart(this.#layout, this.#md5s.length);
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

/** The MD5 of the parts' MD5s, and their number. */
export function etagOfParts(md5s: readonly Buffer[]): string {
  return `${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${md5s.length}`;
}
