/**
 * What counts as proof that S3 holds a file, and nothing else does:
 *
 * | proof        | what S3 computed, and what equals it                                                          |
 * | ------------ | --------------------------------------------------------------------------------------------- |
 * | `etag-md5`   | ETag = MD5 of the bytes that were read                                                        |
 * | `etag-parts` | ETag of a multipart upload = MD5 of the MD5s of the parts that were read, and their number    |
 * | `checksum`   | checksum stored with the object = the same checksum of the bytes that were read; a CRC counts |
 * |              | only for an object that this run has sent or read as a whole                                  |
 * | `download`   | MD5 of the object, read back = MD5 of the bytes that were read                                |
 *
 * Each goes with an equal size, and is pinned to the version or the ETag of one write. docs/report.md has the same table.
 */
import type { ProofKind } from '../../core/outcomes.ts';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, type Checksums, isCrc } from '../../digest/checksum.ts';
import { isSameEtag, looksLikeMd5 } from './etag.ts';
import type { ObjectState } from './object-state.ts';

/** What we computed from the bytes that we read, and which write is meant. */
export interface Expected {
  /** Bytes. */
  readonly size: number;
  /** Hex; undefined if only the MD5s of parts were computed. */
  readonly md5: string | undefined;
  /** Those that were computed, in base64. */
  readonly checksums: Readonly<Checksums>;
  /** Whether a checksum is the proof that is asked for, if S3 reports one. Default false: an ETag will do. */
  readonly wantsChecksum?: boolean | undefined;
  /** For a multipart upload: the ETag that our own part MD5s make. */
  readonly partsEtag: string | undefined;
  /**
   * The ETag by which the object is known to be one certain write: the one that an upload was answered with, or the one that
   * bytes were read from. Undefined for content that was found under a key, which anybody may have written.
   */
  readonly etag: string | undefined;
  /** Whether earlier runs have sent some of that write's bytes. Default false: this run has sent, or read, all of them. */
  readonly isResumed?: boolean | undefined;
  /** Whether an ETag of this store is known to be an MD5, unless the object is encrypted with KMS or a customer's key. Default false. */
  readonly etagsAreMd5?: boolean | undefined;
}

export type Judgement =
  | { readonly kind: 'proved'; readonly proof: ProofKind }
  | { readonly kind: 'differs' | 'unproved'; readonly reason: string };

/**
 * Compares what S3 computed with what we computed. This is the only place that decides what counts as the same content.
 *
 * - A missing value is neither equal nor different, and metadata that we wrote ourselves is not looked at.
 * - An ETag that equals our MD5, or the one that our parts make, is a proof. One that does not need not mean other content
 *   (SSE-KMS, SSE-C, stores with ETags of their own); if it is known to be an MD5, it refutes whatever else agrees.
 * - A checksum that differs refutes, whatever the ETag.
 * - A SHA-256 that equals ours is a proof. A CRC is one only for a certain write that this run has sent or read as a whole: all
 *   files that end with their own CRC-32 have the same one, so it tells nothing of content that was found under a key, or of
 *   which an earlier run has sent parts.
 */
export function judge(found: ObjectState, expected: Expected): Judgement {
  if (found.size === undefined) return unproved('S3 does not tell the size of the object');
  if (found.size !== expected.size)
    return differs(`S3 holds ${found.size} bytes, ${expected.size} were read`);
  if (found.etag === undefined || found.etag === '') return unproved('S3 reports no ETag');
  const byEtag = proofByEtag(found.etag, expected);
  const isSameWrite = isSameEtag(found.etag, expected.etag);
  if (expected.etag !== undefined && byEtag === undefined && !isSameWrite) {
    return differs(`overwritten by somebody else: ETag ${found.etag}, ours was ${expected.etag}`);
  }
  const { equal, different } = compareChecksums(found.checksums, expected.checksums);
  if (different !== undefined) return differs(different);
  if (byEtag === undefined && isRefutedByEtag(found, expected))
    return differs(`the ETag ${found.etag} is the MD5 of other content`);
  const crcProves = isSameWrite && !expected.isResumed;
  const isProvedByChecksum = equal.some((algorithm) => crcProves || !isCrc(algorithm));
  if (isProvedByChecksum && (expected.wantsChecksum || byEtag === undefined))
    return { kind: 'proved', proof: 'checksum' };
  if (byEtag !== undefined) return { kind: 'proved', proof: byEtag };
  return unproved(
    `the ETag ${found.etag} is no MD5 of the content, and S3 reports no checksum that proves it`,
  );
}

function proofByEtag(etag: string, { md5, partsEtag }: Expected): ProofKind | undefined {
  if (isSameEtag(etag, md5)) return 'etag-md5';
  return isSameEtag(etag, partsEtag) ? 'etag-parts' : undefined;
}

function isRefutedByEtag({ etag, etagIsDigest }: ObjectState, { md5, etagsAreMd5 }: Expected): boolean {
  return etagsAreMd5 === true && etagIsDigest === true && md5 !== undefined && looksLikeMd5(etag);
}

/** Those of the whole object with each other, and what S3 made of parts with what we make of as many. */
function compareChecksums(found: Readonly<Checksums>, ours: Readonly<Checksums>) {
  const equal: ChecksumAlgorithm[] = [];
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const [there, here] = [found[algorithm], ours[algorithm]];
    if (there === undefined || here === undefined || partsOf(there) !== partsOf(here)) continue;
    if (there !== here) {
      return { equal: [], different: `${algorithm.toUpperCase()} ${there} in S3, ${here} here` };
    }
    equal.push(algorithm);
  }
  return { equal, different: undefined };
}

/** Of a checksum of checksums; undefined for one of the whole. */
function partsOf(checksum: string): string | undefined {
  return checksum.split('-')[1];
}

function differs(reason: string): Judgement {
  return { kind: 'differs', reason };
}

function unproved(reason: string): Judgement {
  return { kind: 'unproved', reason };
}

/** The digest of an object that was read back as a whole. */
export interface BytesReadBack {
  /** Bytes. */
  readonly size: number;
  /** The MD5 in hex, or the ETag that parts of these bytes make. */
  readonly digest: string;
}

/** Compares an object that was read back with what was computed from the file. */
export function judgeReadBack(
  back: BytesReadBack,
  { size, md5, partsEtag }: Pick<Expected, 'size' | 'md5' | 'partsEtag'>,
): Judgement {
  const digest = md5 ?? partsEtag;
  return digest !== undefined && back.size === size && back.digest === digest
    ? { kind: 'proved', proof: 'download' }
    : differs(`read back, the MD5 is ${back.digest}, of the file ${digest}`);
}
