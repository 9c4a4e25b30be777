/**
 * The rules of proof: only these count as proof that S3 holds a file.
 *
 * | proof        | what S3 computed, and what equals it                                                          |
 * | ------------ | --------------------------------------------------------------------------------------------- |
 * | `etag-md5`   | ETag = MD5 of the bytes that were read                                                        |
 * | `etag-parts` | ETag of a multipart upload = MD5 of the MD5s of the parts that were read, and their number    |
 * | `checksum`   | checksum stored with the object = the same checksum of the bytes that were read; a CRC counts |
 * |              | only for an object that this run has sent or read as a whole                                  |
 * | `download`   | MD5 of the object, read back = MD5 of the bytes that were read                                |
 *
 * Each proof also needs an equal size, and is pinned to the version or the ETag of one write. docs/report.md has the same table.
 */
import type { ProofKind } from '../../core/outcomes.ts';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, type Checksums, isCrc } from '../../digest/checksum.ts';
import { isSameEtag, looksLikeMd5 } from './etag.ts';
import type { ObjectState } from './object-state.ts';

/** Digests that were computed from the bytes that were read, and the write with which they are compared. */
export interface Expected {
  /** Size in bytes. */
  readonly size: number;
  /** MD5 in hex; undefined if only the MD5s of parts were computed. */
  readonly md5: string | undefined;
  /** Checksums that were computed, in base64. */
  readonly checksums: Readonly<Checksums>;
  /** Whether the proof is the checksum, not the ETag, if both serve. Default false. */
  readonly wantsChecksum?: boolean | undefined;
  /** ETag that the MD5s of the parts result in; undefined if the content is not compared as a multipart upload. */
  readonly partsEtag: string | undefined;
  /**
   * ETag of the write that is meant: the one in the answer to an upload, or the one that bytes were read from. Undefined for
   * content that was found under a key, which anybody may have written.
   */
  readonly etag: string | undefined;
  /** Whether an earlier run has sent some of the write's bytes. Default false: this run has sent or read all of them. */
  readonly isResumed?: boolean | undefined;
  /**
   * Whether ETags of this store are known to be MD5s, except for objects encrypted with KMS or a customer's key. Default
   * false.
   */
  readonly etagsAreMd5?: boolean | undefined;
}

/** Result of a comparison. `unproved`: neither proved nor refuted. */
export type Judgement =
  | { readonly kind: 'proved'; readonly proof: ProofKind }
  | { readonly kind: 'differs' | 'unproved'; readonly reason: string };

/**
 * Compares what S3 computed with what was computed here. This is the only place that decides what counts as the same content. The
 * verify stage hands on what `judgeReadBack` told compare, and a restore decides what becomes of content without a proof.
 *
 * - A missing value is neither equal nor different. User metadata is not looked at, since this program wrote it itself.
 * - An ETag that equals the MD5, or the ETag that the parts result in, is a proof. If it differs, the content may still be the
 *   same (SSE-KMS, SSE-C, stores with ETags of their own). But an ETag that is known to be an MD5 and differs refutes the
 *   content, whatever else agrees.
 * - A checksum that differs refutes the content, whatever the ETag.
 * - A SHA-256 that is equal is a proof. An equal CRC is a proof only for a write that this run has sent or read as a whole: all
 *   files that end with their own CRC-32 have the same one, so it proves nothing about content that was found under a key, or
 *   about an upload that an earlier run began.
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

/** Compares checksums of the whole object, and composite checksums that are of the same number of parts. */
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

/** Number of parts that a composite checksum names; undefined for a checksum of the whole object. */
function partsOf(checksum: string): string | undefined {
  return checksum.split('-')[1];
}

function differs(reason: string): Judgement {
  return { kind: 'differs', reason };
}

function unproved(reason: string): Judgement {
  return { kind: 'unproved', reason };
}

/** Size and digest of an object that was downloaded as a whole. */
export interface BytesReadBack {
  /** Size in bytes. */
  readonly size: number;
  /** MD5 in hex, or the ETag of a multipart upload of these bytes. */
  readonly digest: string;
}

/** Compares a downloaded object with the size and the MD5 (or the multipart ETag) that were computed from the file. */
export function judgeReadBack(
  back: BytesReadBack,
  { size, md5, partsEtag }: Pick<Expected, 'size' | 'md5' | 'partsEtag'>,
): Judgement {
  const digest = md5 ?? partsEtag;
  return digest !== undefined && back.size === size && back.digest === digest
    ? { kind: 'proved', proof: 'download' }
    : differs(`read back, the MD5 is ${back.digest}, of the file ${digest}`);
}
