const MIB = 1024 * 1024;

/** Parts of one size that follow each other. */
export interface PartSegment {
  /** Most parts. */
  readonly parts: number;
  /** Size of each part but the last of the stream, in bytes. */
  readonly partSize: number;
  /** Parts that are sent at once. */
  readonly atOnce: number;
}

/** Steps in which parts grow: each step has a tenth of the parts, the last one all that are left. */
const STEPS = 10;
/**
 * Parts in memory beside those that are being sent: one that is being collected, and one that lib-storage copies its pieces
 * into.
 */
const COLLECTED = 2;
/** Most parts that are sent at once. */
const MAX_AT_ONCE = 8;

export interface GrowingPartsOptions {
  /** Size of the first parts, in bytes. */
  readonly partSize: number;
  readonly maxParts: number;
  /** Most bytes of the stream in memory. */
  readonly memoryBytes: number;
  /** Whether all parts must have the same size. */
  readonly needsEqualParts: boolean;
}

/**
 * Sizes of the parts of a stream whose length is unknown: they double after each tenth of the parts that S3 accepts, up to a
 * third of the memory. With 128 MiB of memory and parts of 8 MiB at first, 10,000 parts hold 340 GiB; with 2 GiB of memory,
 * almost 3 TiB. Where all must have the same size, they have that third from the beginning.
 */
export function* growingParts({
  partSize: first,
  maxParts,
  memoryBytes,
  needsEqualParts,
}: GrowingPartsOptions): Generator<PartSegment, void> {
  const largest = Math.max(first, Math.floor(memoryBytes / (COLLECTED + 1) / MIB) * MIB);
  let left = maxParts;
  for (
    let partSize = needsEqualParts ? largest : first;
    left > 0;
    partSize = Math.min(largest, 2 * partSize)
  ) {
    const parts = partSize === largest ? left : Math.min(left, Math.ceil(maxParts / STEPS));
    const atOnce = Math.max(1, Math.min(MAX_AT_ONCE, Math.floor(memoryBytes / partSize) - COLLECTED));
    yield { parts, partSize, atOnce };
    left -= parts;
  }
}
