import { RESTORE_DEFAULTS } from '../core/defaults.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import type { LocalContent } from '../proof/local-content.ts';
import { partCountOf } from '../proof/part-sizes.ts';
import { type ContentJudgement, type ProvedObject, prove } from '../proof/prove-content.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import { judgeReadBack } from '../proof/rules/judge.ts';
import type { Store } from '../s3/store.ts';
import type { MetadataAnswer } from './download.ts';
import type { Fetched } from './fetched.ts';
import { RestoreError } from './restore-error.ts';

/** How content is proved. */
export interface ProvedOptions {
  readonly store: Store;
  /** Whether content is refused if its digest differs from what looks like the object's digest. Default true. */
  readonly requireProof?: boolean | undefined;
  /** Record that a run made of the content. Its MD5, if it has one, decides unless S3 proves the recorded write. Default: none. */
  readonly recorded?: Pick<ManifestEntry, 'md5' | 'etag'> | undefined;
}

/** Content that was read once, and what S3 reported with it. */
export interface Attempt {
  readonly object: ProvedObject & MetadataAnswer;
  readonly content: LocalContent;
  /** Whether the content begins with a partial file of an earlier run. Default false. */
  readonly isResumed?: boolean | undefined;
  /** Closes what was opened for the content. */
  readonly close?: () => void;
}

type Proved = Pick<Fetched, 'etag' | 'size' | 'metadata' | 'md5' | 'proof' | 'unproved' | 'attempts'>;

/** Content without a proof is refused if this many reads have not returned the same bytes twice in a row. */
const MAX_READS = 3;

/**
 * Reads and proves content, and reads it once more from its beginning if S3 refutes it.
 *
 * If S3 reports no digest (SSE-KMS), content without a proof is accepted, and the result says so. Resumed content and content
 * of parts is accepted only if another read from the beginning returns the same bytes, since a partial file may hold zeros
 * after a power cut.
 *
 * @param attempt Reads the content.
 * @param beginAgain Discards what the last attempt has read, so that the next one starts at the beginning.
 * @throws RestoreError `CONTENT_DIFFERS`, and every error of `attempt`
 */
export async function readAndProve(
  attempt: () => Promise<Attempt>,
  { store, requireProof = RESTORE_DEFAULTS.requireProof, recorded }: ProvedOptions,
  beginAgain: () => void = () => undefined,
): Promise<Proved> {
  let previousMd5: string | undefined;
  for (let attempts = 1; ; attempts += 1) {
    const { object, content, isResumed = false, close } = await attempt();
    try {
      const byStore = await prove(object, content, store, true);
      const isRecordedWrite =
        byStore.kind === 'proved' && isSameEtag(object.etag, recorded?.etag ?? undefined);
      const judgement = isRecordedWrite ? byStore : await judgeByRecordedMd5(byStore, content, recorded?.md5);
      const refusal = refusalOf(judgement, requireProof && object.etagIsDigest);
      if (refusal !== undefined && attempts > 1) throw new RestoreError('CONTENT_DIFFERS', refusal);
      if (refusal === undefined) {
        const { etag, size, metadata } = object;
        const isProved = judgement.kind === 'proved';
        const md5 = isProved ? content.knownMd5 : await content.md5();
        const isSame = md5 !== undefined && md5 === previousMd5;
        const isEnough = isSame || isProved || !(isResumed || isDoubtful(judgement, object));
        if (isEnough) return { etag, size, metadata, md5, attempts, ...proofIn(judgement, isSame) };
        if (attempts === MAX_READS)
          throw new RestoreError('CONTENT_DIFFERS', `read ${attempts} times, it was other bytes each time`);
        previousMd5 = md5;
      }
    } finally {
      close?.();
    }
    beginAgain();
  }
}

/** Compares content with the recorded MD5, if there is one. If they are equal, the content is proved, whatever S3 reports. */
async function judgeByRecordedMd5(
  judgement: ContentJudgement,
  content: LocalContent,
  recorded: string | null | undefined,
): Promise<ContentJudgement> {
  if (typeof recorded !== 'string' || judgement.kind === 'differs') return judgement;
  const { size } = content;
  const md5 = await content.md5();
  const byRecord = judgeReadBack({ size, digest: md5 }, { size, md5: recorded, partsEtag: undefined });
  if (byRecord.kind !== 'proved')
    return { kind: 'differs', reason: `its MD5 is ${md5}, that run has recorded ${recorded}` };
  return judgement.kind === 'proved' ? judgement : byRecord;
}

function refusalOf(judgement: ContentJudgement, etagIsDigest: boolean): string | undefined {
  if (judgement.kind === 'differs') return judgement.reason;
  return judgement.kind === 'unproved' && judgement.digestDiffers && etagIsDigest
    ? judgement.reason
    : undefined;
}

/**
 * Whether unproved content must be read a second time: if it was sent in parts or has no ETag, since its ranges may come from
 * different writes, or if its ETag looks like a digest but differs.
 */
function isDoubtful(
  judgement: ContentJudgement,
  { etag, etagIsDigest }: ProvedObject & MetadataAnswer,
): boolean {
  if (judgement.kind !== 'unproved') return false;
  return etag === undefined || partCountOf(etag) !== undefined || (judgement.digestDiffers && etagIsDigest);
}

function proofIn(judgement: ContentJudgement, isSame: boolean): Pick<Fetched, 'proof' | 'unproved'> {
  if (judgement.kind === 'proved') return { proof: judgement.proof };
  const { reason } = judgement;
  return { proof: undefined, unproved: isSame ? `${reason}; read twice, it was the same` : reason };
}
