import {
  type ChecksumAlgorithm,
  checksumOf,
  checksumOfParts,
  isCrc,
  type SummedPart,
} from '../checksum/checksum.ts';

/** The checksums of an upload's parts, of which that of the whole is made without reading a byte again. */
export class PartChecksums {
  /** Undefined where the upload has none. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly #parts: SummedPart[] = [];

  constructor(algorithm: ChecksumAlgorithm | undefined) {
    this.algorithm = algorithm;
  }

  /** Those of parts can be added in any order. @param index From 0. */
  async add(index: number, bytes: Uint8Array): Promise<void> {
    if (this.algorithm === undefined) return;
    this.#parts[index] = { sum: await checksumOf(this.algorithm, bytes), size: bytes.length };
  }

  /** Base64, of one part. */
  of(index: number): string | undefined {
    return this.#parts[index]?.sum.toString('base64');
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
