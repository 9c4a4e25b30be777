import type { ManifestEntry } from '../manifest/manifest.ts';
import type { LocalContent } from '../proof/local-content.ts';
import { partCountOf } from '../proof/part-sizes.ts';
import { type ContentJudgement, type ProvedObject, prove } from '../proof/prove-content.ts';
import { judgeReadBack } from '../proof/rules/judge.ts';
import type { Store } from '../s3/store.ts';
import type { MetadataAnswer } from './download.ts';
import type { Fetched } from './fetched.ts';
import { RestoreError } from './restore-error.ts';

export interface ProvedOptions {
  readonly store: Store;
  /** Whether content is refused that has another digest than what looks like the object's. Default true. */
  readonly requireProof?: boolean | undefined;
  /** What a run has recorded of the content: its MD5, where that is known, decides. */
  readonly recorded?: Pick<ManifestEntry, 'md5'> | undefined;
}

/** Content that was read once, and what S3 said of it. */
export interface Attempt {
  readonly object: ProvedObject & MetadataAnswer;
  readonly content: LocalContent;
  /** Whether its beginning is what an earlier run has left. Default false. */
  readonly isResumed?: boolean | undefined;
  readonly close?: () => void;
}

type Proved = Pick<Fetched, 'etag' | 'size' | 'metadata' | 'md5' | 'proof' | 'unproved' | 'attempts'>;

/** Content that cannot be proved is given up if so many reads of it have not brought the same bytes twice in a row. */
const MAX_READS = 3;

/**
 * Reads and proves content, once more from its beginning if it is not what S3 says. If S3 reports no digest (SSE-KMS) it is
 * taken as it is, and said so; but content that was resumed, or whose parts S3 does not tell, only if another read from the
 * beginning brings the same bytes: what a power cut left may be zeros.
 *
 * @param beginAgain Forgets what the last attempt has read.
 * @throws RestoreError `CONTENT_DIFFERS`, and what reading throws
 */
export async function readAndProve(
  attempt: () => Promise<Attempt>,
  { store, requireProof = true, recorded }: ProvedOptions,
  beginAgain: () => void = () => undefined,
): Promise<Proved> {
  let previousMd5: string | undefined;
  for (let attempts = 1; ; attempts += 1) {
    const { object, content, isResumed = false, close } = await attempt();
    try {
      const judgement = await judgeByRecordedMd5(
        await prove(object, content, store, true),
        content,
        recorded?.md5,
      );
      const refusal = refusalOf(judgement, requireProof && object.etagIsDigest);
      if (refusal !== undefined && attempts > 1) throw new RestoreError('CONTENT_DIFFERS', refusal);
      if (refusal === undefined) {
        const { etag, size, metadata } = object;
        const md5 = await content.md5();
        const isSame = md5 === previousMd5;
        const isEnough =
          isSame || judgement.kind === 'proved' || !(isResumed || isDoubtful(judgement, object));
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

/** Content that was read back and has the MD5 of the file is proved, whatever S3 reports of it. */
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
 * Whether one read from the beginning is too little without a proof: content of parts or of no known write, since its ranges
 * were read apart, and content whose ETag looks like its digest and is another.
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
