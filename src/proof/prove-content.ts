/** The room `proof` finds what S3 can tell about an object, and has `rules/` decide whether that proves the content. */
import { CHECKSUM_ALGORITHMS, type Checksums, isCrc } from '../digest/checksum.ts';
import type { ObjectPin, Store } from '../s3/store.ts';
import type { LocalContent } from './local-content.ts';
import { areEqualParts, NO_PARTS, type PartSizes, partCountOf, partSizesOf } from './part-sizes.ts';
import { looksLikeMd5 } from './rules/etag.ts';
import { type Judgement, judge } from './rules/judge.ts';
import type { ObjectState } from './rules/object-state.ts';

/** One write of an object, with which content is compared. */
export interface ProvedObject extends ObjectPin {
  /** Size in bytes. */
  readonly size: number;
  readonly etag: string | undefined;
  /** Sizes that its parts may have, if they were looked up already. */
  readonly partSizes?: PartSizes | undefined;
  /** What HEAD has told of this write, if it was asked already. */
  readonly state?: ObjectState | undefined;
}

/**
 * Result of a comparison. `digestDiffers`: S3 reports a value that looks like a digest, and it is not that of the content.
 */
export type ContentJudgement =
  | Extract<Judgement, { kind: 'proved' }>
  | { readonly kind: 'differs'; readonly reason: string }
  | { readonly kind: 'unproved'; readonly reason: string; readonly digestDiffers: boolean };

/**
 * Compares content with what S3 reports of an object. The ETag is compared first, as that of a multipart upload or as an MD5, by
 * its form; then the checksum.
 *
 * @param isRead Whether the content was just read from this very write of the object. Only then can a CRC be a proof.
 * @throws StoreError if S3 does not answer; SourceError if the content cannot be read
 */
export async function prove(
  object: ProvedObject,
  content: LocalContent,
  store: Store,
  isRead: boolean,
): Promise<ContentJudgement> {
  const { size } = content;
  if (object.size !== size) return { kind: 'differs', reason: `${object.size} bytes in S3, ${size} here` };
  const { etagsAreMd5 } = store;
  const write = isRead ? object.etag : undefined;
  const found = { ...object, versionId: undefined, checksums: {} };
  const expected = { size, md5: undefined, partsEtag: undefined, checksums: {}, etag: write, etagsAreMd5 };
  const parts = partCountOf(object.etag);
  const partSizes =
    object.partSizes ?? (parts === undefined ? NO_PARTS : await partSizesOf(object, parts, store));
  for (const partSize of partSizes.sizes) {
    const judgement = judge(found, { ...expected, partsEtag: await content.partsEtag(partSize) });
    if (judgement.kind === 'proved') return judgement;
  }
  const isLikeMd5 = looksLikeMd5(object.etag);
  const md5 = isLikeMd5 ? await content.md5() : undefined;
  if (isLikeMd5) {
    const judgement = judge(found, { ...expected, md5 });
    if (judgement.kind === 'proved') return judgement;
  }
  const { key, versionId } = object;
  const head = object.state ?? (await store.head({ key, versionId }));
  const checksums = await checksumsLike(head.checksums, content, partSizes);
  const judgement = judge(head, {
    ...expected,
    md5,
    checksums,
    etag: isRead ? (write ?? head.etag) : undefined,
  });
  if (judgement.kind === 'proved') return judgement;
  const { kind, reason } = judgement;
  if (kind === 'differs') return { kind, reason };
  return { kind, reason, digestDiffers: isLikeMd5 || (await isOfParts(object, parts, partSizes, store)) };
}

/** Whether the part size that was tried is the only possible one. */
async function isOfParts(
  object: ProvedObject,
  parts: number | undefined,
  { sizes: [partSize], areReported }: PartSizes,
  store: Store,
): Promise<boolean> {
  if (parts === undefined || typeof partSize !== 'number' || !areReported) return false;
  return areEqualParts(object, parts, partSize, store);
}

/**
 * Computes the checksums that S3 reports: those of the whole, and composite ones for the likeliest part size only, since each
 * guess costs another reading of the content.
 */
async function checksumsLike(
  found: Readonly<Checksums>,
  content: LocalContent,
  { sizes: [partSize] }: PartSizes,
): Promise<Checksums> {
  const checksums: Checksums = {};
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const isOfParts = found[algorithm]?.includes('-');
    if (isOfParts === false) checksums[algorithm] = await content.checksum(algorithm);
    // If it differs, the guessed part size may be wrong: that refutes nothing.
    if (isOfParts && partSize !== undefined && !isCrc(algorithm)) {
      const sum = await content.partsChecksum(partSize, algorithm);
      if (sum === found[algorithm]) checksums[algorithm] = sum;
    }
  }
  return checksums;
}
