import { type ChecksumAlgorithm, checksumOf, isCrc } from '../../digest/checksum.ts';
import { checksumOfParts, type SummedPart } from '../../digest/checksum-of-parts.ts';

/** The checksums of an upload's parts. The checksum of the whole is made from them, without reading a byte again. */
export class PartChecksums {
  /** Checksum algorithm of the upload; undefined if it has none. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly #parts: SummedPart[] = [];

  constructor(algorithm: ChecksumAlgorithm | undefined) {
    this.algorithm = algorithm;
  }

  /**
   * Adds a part. Parts can be added in any order.
   *
   * @param index From 0.
   * @returns base64
   */
  async add(index: number, bytes: Uint8Array): Promise<string | undefined> {
    if (this.algorithm === undefined) return undefined;
    const sum = await checksumOf(this.algorithm, bytes);
    this.#parts[index] = { sum, size: bytes.length };
    return sum.toString('base64');
  }

  /** Checksum that S3 makes from all parts; undefined if the upload has none. */
  whole(): string | undefined {
    return this.algorithm && checksumOfParts(this.algorithm, this.#parts);
  }

  /** Whether that checksum covers the bytes of the whole object, which S3 is then asked to compute and compare. */
  get isFullObject(): boolean {
    return this.algorithm !== undefined && isCrc(this.algorithm);
  }
}
