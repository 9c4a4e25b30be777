import { CHECKSUM_ALGORITHMS, type Checksums, isCrc } from '../digest/checksum.ts';
import type { ObjectPin, Store } from '../s3/store.ts';
import type { LocalContent } from './local-content.ts';
import { areEqualParts, NO_PARTS, type PartSizes, partCountOf, partSizesOf } from './part-sizes.ts';
import { looksLikeMd5 } from './rules/etag.ts';
import { type Judgement, judge } from './rules/judge.ts';

/** The write of an object that content is compared with. */
export interface ProvedObject extends ObjectPin {
  /** Bytes. */
  readonly size: number;
  readonly etag: string | undefined;
}

/** `unproved` with `digestDiffers` where S3 does report a digest, by its looks, and it is another one. */
export type ContentJudgement =
  | Extract<Judgement, { kind: 'proved' }>
  | { readonly kind: 'differs'; readonly reason: string }
  | { readonly kind: 'unproved'; readonly reason: string; readonly digestDiffers: boolean };

/**
 * Compares content with what S3 says of an object: with its ETag as an MD5, or as one of parts, then with its checksum.
 *
 * @param isRead Whether the content was just read from this very write of the object. A CRC proves only that; for content that was
 * here before, it is a SHA-256 or nothing.
 * @throws StoreError where S3 did not say; SourceError where the content could not be read
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
  const partSizes = parts === undefined ? NO_PARTS : await partSizesOf(object, parts, store);
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
  const head = await store.head({ key: object.key, versionId: object.versionId });
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

/** Whether an ETag can be of no other parts than those that were tried. */
async function isOfParts(
  object: ProvedObject,
  parts: number | undefined,
  { sizes: [partSize], areReported }: PartSizes,
  store: Store,
): Promise<boolean> {
  if (parts === undefined || partSize === undefined || !areReported) return false;
  return areEqualParts(object, parts, partSize, store);
}

/** Those of the whole, and of the likeliest parts: each guess at their size takes another reading of the content. */
async function checksumsLike(
  found: Readonly<Checksums>,
  content: LocalContent,
  { sizes: [partSize] }: PartSizes,
): Promise<Checksums> {
  const checksums: Checksums = {};
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const isOfParts = found[algorithm]?.includes('-');
    if (isOfParts === false) checksums[algorithm] = await content.checksum(algorithm);
    // Of other parts it would be another one, which says nothing.
    if (isOfParts && partSize !== undefined && !isCrc(algorithm)) {
      const sum = await content.partsChecksum(partSize, algorithm);
      if (sum === found[algorithm]) checksums[algorithm] = sum;
    }
  }
  return checksums;
}
