import type { ProofKind } from '../item.ts';
import type { ListedObject } from './store-types.ts';

/** What S3 says of an object that it holds. */
export interface ObjectState {
  /** Bytes. */
  readonly size: number | undefined;
  /** Without quotes. */
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  /** Base64, of the whole object. */
  readonly crc32: string | undefined;
  /** Whether its ETag can be a digest of its content, which it is not with SSE-KMS or SSE-C; undefined in a listing. */
  readonly etagIsDigest?: boolean | undefined;
  /** User metadata by its names in lower case, without `x-amz-meta-`; undefined in a listing. Never a proof. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** As much as a listing says. */
export function stateListed({ size, etag }: ListedObject): ObjectState {
  return { size, etag, versionId: undefined, crc32: undefined };
}

/** What we computed from the bytes that we read, and what this write was answered. */
export interface Expected {
  readonly size: number;
  /** Hex; undefined for a multipart upload of which only the parts' MD5s were computed. */
  readonly md5: string | undefined;
  /** Undefined where it was not computed. */
  readonly crc32: number | undefined;
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
 * ourselves is not looked at. An ETag that is not our MD5 need not mean other content (SSE-KMS, SSE-C, R2), so it
 * proves nothing either way, unless it is not even the ETag of our own write.
 */
export function judge(found: ObjectState, expected: Expected): Judgement {
  if (found.size !== expected.size) {
    return differs(`S3 holds ${found.size ?? 'an unknown number of'} bytes, ${expected.size} were read`);
  }
  if (found.etag !== undefined && found.etag === expected.md5) return { kind: 'proved', proof: 'etag-md5' };
  if (found.etag !== undefined && found.etag === expected.partsEtag)
    return { kind: 'proved', proof: 'etag-parts' };
  if (found.etag === undefined) return { kind: 'unproved', reason: 'S3 reports no ETag' };
  if (found.etag !== expected.etag) {
    return differs(`written over by somebody else: ETag ${found.etag}, ours was ${expected.etag}`);
  }
  if (found.crc32 === undefined || found.crc32.includes('-') || expected.crc32 === undefined) {
    return {
      kind: 'unproved',
      reason: `the ETag ${found.etag} is no MD5 of the content, and S3 reports no checksum of ours`,
    };
  }
  return found.crc32 === base64OfCrc(expected.crc32)
    ? { kind: 'proved', proof: 'checksum' }
    : differs(`CRC32 ${found.crc32} in S3, ${base64OfCrc(expected.crc32)} here`);
}

function differs(reason: string): Judgement {
  return { kind: 'differs', reason };
}

/** A CRC-32 in the form of `x-amz-checksum-crc32`: base64 of its four bytes, most significant first. */
export function base64OfCrc(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}
