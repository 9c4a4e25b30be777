import { CHECKSUM_ALGORITHMS, type Checksums } from '../checksum/checksum.ts';
import type { ProofKind } from '../item.ts';
import type { ListedObject } from './store-types.ts';

/** What S3 says of an object that it holds. */
export interface ObjectState {
  /** Bytes. */
  readonly size: number | undefined;
  /** Without quotes. */
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly checksums: Readonly<Checksums>;
  /** Whether its ETag can be a digest of its content, which it is not with SSE-KMS or SSE-C; undefined in a listing. */
  readonly etagIsDigest?: boolean | undefined;
  /** Undefined where the store names none, which means STANDARD, or was not asked. */
  readonly storageClass?: string | undefined;
  /** User metadata by its names in lower case, without `x-amz-meta-`; undefined in a listing. Never a proof. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** As much as a listing says. */
export function stateListed({ size, etag, storageClass }: ListedObject): ObjectState {
  return { size, etag, versionId: undefined, checksums: {}, storageClass };
}

/** What we computed from the bytes that we read, and what this write was answered. */
export interface Expected {
  readonly size: number;
  /** Hex; undefined for a multipart upload of which only the parts' MD5s were computed. */
  readonly md5: string | undefined;
  /** Those that were computed. */
  readonly checksums: Readonly<Checksums>;
  /** Whether a checksum is the proof that is asked for, where S3 reports one. Default false: an ETag will do. */
  readonly wantsChecksum?: boolean | undefined;
  /** For a multipart upload: the ETag that our own part MD5s make. */
  readonly partsEtag: string | undefined;
  /** The ETag that the write was answered with. */
  readonly etag: string;
}

export type Judgement =
  | { readonly kind: 'proved'; readonly proof: ProofKind }
  | { readonly kind: 'differs' | 'unproved'; readonly reason: string };

/**
 * Compares what S3 computed with what we computed. A missing value never counts as equal; metadata that we wrote
 * ourselves is not looked at. An ETag that is not our MD5 need not mean other content (SSE-KMS, SSE-C, GCS), so it
 * proves nothing either way, unless it is not even the ETag of our own write. A checksum that differs refutes, whatever
 * the ETag.
 */
export function judge(found: ObjectState, expected: Expected): Judgement {
  if (found.size !== expected.size) {
    return differs(`S3 holds ${found.size ?? 'an unknown number of'} bytes, ${expected.size} were read`);
  }
  if (found.etag === undefined) return { kind: 'unproved', reason: 'S3 reports no ETag' };
  const byEtag = proofByEtag(found.etag, expected);
  if (byEtag === undefined && found.etag !== expected.etag) {
    return differs(`written over by somebody else: ETag ${found.etag}, ours was ${expected.etag}`);
  }
  const { equal, different } = compareChecksums(found.checksums, expected.checksums);
  if (different !== undefined) return differs(different);
  if (equal && (expected.wantsChecksum || byEtag === undefined)) return { kind: 'proved', proof: 'checksum' };
  if (byEtag !== undefined) return { kind: 'proved', proof: byEtag };
  return {
    kind: 'unproved',
    reason: `the ETag ${found.etag} is no MD5 of the content, and S3 reports no checksum of ours`,
  };
}

function proofByEtag(etag: string, { md5, partsEtag }: Expected): ProofKind | undefined {
  if (etag === md5) return 'etag-md5';
  return etag === partsEtag ? 'etag-parts' : undefined;
}

/** Those of the whole object with each other, and what S3 made of parts with what we make of as many. */
function compareChecksums(found: Readonly<Checksums>, ours: Readonly<Checksums>) {
  let equal = false;
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const [there, here] = [found[algorithm], ours[algorithm]];
    if (there === undefined || here === undefined || partsIn(there) !== partsIn(here)) continue;
    if (there !== here) {
      return { equal: false, different: `${algorithm.toUpperCase()} ${there} in S3, ${here} here` };
    }
    equal = true;
  }
  return { equal, different: undefined };
}

function partsIn(checksum: string): string | undefined {
  return checksum.split('-')[1];
}

function differs(reason: string): Judgement {
  return { kind: 'differs', reason };
}
