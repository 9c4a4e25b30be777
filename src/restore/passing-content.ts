import { createHash, type Hash } from 'node:crypto';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, isCrc, startChecksum } from '../digest/checksum.ts';
import type { PartLayout } from '../digest/part-layout.ts';
import { PartsDigest } from '../digest/parts-digest.ts';
import type { RunningSum } from '../digest/running-sum.ts';
import type { LocalContent } from '../proof/local-content.ts';
import type { PartSizes } from '../proof/part-sizes.ts';
import { looksLikeMd5 } from '../proof/rules/etag.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';

/** What is known of an object before its bytes pass. */
export interface ExpectedContent {
  /** Size in bytes. */
  readonly size: number;
  /** What HEAD has told. */
  readonly state: ObjectState;
  readonly partSizes: PartSizes;
  /** Whether the MD5 of the whole is needed even if the ETag is none. */
  readonly needsMd5: boolean;
}

/**
 * Content that passes once and is not kept. Every digest that its proof may ask for is computed while it passes: those that S3
 * reports, and the ETag of parts for each size that the parts may have.
 */
export class PassingContent implements LocalContent {
  readonly size: number;
  readonly #md5: Hash | undefined;
  readonly #parts = new Map<PartLayout, PartsDigest>();
  readonly #sums = new Map<ChecksumAlgorithm, RunningSum>();
  knownMd5: string | undefined;

  constructor({ size, state, partSizes, needsMd5 }: ExpectedContent) {
    this.size = size;
    this.#md5 = needsMd5 || looksLikeMd5(state.etag) ? createHash('md5') : undefined;
    const { sizes } = partSizes;
    // A composite checksum is compared for the likeliest part size only.
    const composite = CHECKSUM_ALGORITHMS.find((name) => isComposite(state.checksums[name]) && !isCrc(name));
    for (const layout of sizes)
      this.#parts.set(layout, new PartsDigest(layout, layout === sizes[0] ? composite : undefined));
    for (const name of CHECKSUM_ALGORITHMS)
      if (isComposite(state.checksums[name]) === false) this.#sums.set(name, startChecksum(name));
  }

  /** Takes the next bytes. */
  update(bytes: Buffer): void {
    this.#md5?.update(bytes);
    for (const digest of this.#parts.values()) digest.update(bytes);
    for (const sum of this.#sums.values()) sum.update(bytes);
  }

  /** As the digests below, asked for when all bytes have passed. */
  async md5(): Promise<string> {
    this.knownMd5 ??= computed(this.#md5).digest('hex');
    return this.knownMd5;
  }

  async partsEtag(layout: PartLayout): Promise<string> {
    return computed(this.#parts.get(layout)).etag();
  }

  async checksum(algorithm: ChecksumAlgorithm): Promise<string> {
    return computed(this.#sums.get(algorithm)).digest().toString('base64');
  }

  async partsChecksum(layout: PartLayout): Promise<string | undefined> {
    return computed(this.#parts.get(layout)).checksum();
  }
}

/** Whether a checksum is that of the parts' checksums; undefined if there is none. */
function isComposite(checksum: string | undefined): boolean | undefined {
  return checksum?.includes('-');
}

function computed<T>(digest: T | undefined): T {
  if (digest === undefined)
    throw new Error('a digest was asked for that was not computed while the content passed');
  return digest;
}
