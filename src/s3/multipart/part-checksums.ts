import {
  type ChecksumAlgorithm,
  checksumOf,
  checksumOfParts,
  isCrc,
  type SummedPart,
} from '../../digest/checksum.ts';

/** The checksums of an upload's parts, of which that of the whole is made without reading a byte again. */
export class PartChecksums {
  /** Undefined where the upload has none. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly #parts: SummedPart[] = [];

  constructor(algorithm: ChecksumAlgorithm | undefined) {
    this.algorithm = algorithm;
  }

  /**
   * Parts can be added in any order.
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

  /** What S3 makes of all parts. */
  whole(): string | undefined {
    return this.algorithm && checksumOfParts(this.algorithm, this.#parts);
  }

  /** Whether that is the checksum of the whole object's bytes, which S3 is then asked to compute and compare. */
  get isFullObject(): boolean {
    return this.algorithm !== undefined && isCrc(this.algorithm);
  }
}
