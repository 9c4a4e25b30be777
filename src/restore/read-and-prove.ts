import type { LocalContent } from '../proof/local-content.ts';
import { partCountOf } from '../proof/part-sizes.ts';
import type { ContentJudgement } from '../proof/prove-content.ts';
import type { MetadataAnswer } from './download.ts';
import type { FetchedContent } from './fetched.ts';
import { judgeRead, type ProvedOptions, type ReadObject } from './judge-read.ts';
import { RestoreError } from './restore-error.ts';

/** Content that was read once, and what S3 reported with it. */
export interface Attempt {
  readonly object: ReadObject & MetadataAnswer;
  readonly content: LocalContent;
  /** Whether the content begins with a partial file of an earlier run. Default false. */
  readonly isResumed?: boolean | undefined;
  /** Closes what was opened for the content. */
  readonly close?: () => void;
}

type Proved = Omit<FetchedContent, 'body' | 'resumedBytes' | 'seconds'>;

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
  options: ProvedOptions,
  beginAgain: () => void = () => undefined,
): Promise<Proved> {
  let previousMd5: string | undefined;
  for (let attempts = 1; ; attempts += 1) {
    const { object, content, isResumed = false, close } = await attempt();
    try {
      const { judgement, refusal } = await judgeRead(object, content, options);
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

/**
 * Whether unproved content must be read a second time: if it was sent in parts or has no ETag, since its ranges may come from
 * different writes, or if its ETag looks like a digest but differs.
 */
function isDoubtful(judgement: ContentJudgement, { etag, etagIsDigest }: ReadObject): boolean {
  if (judgement.kind !== 'unproved') return false;
  return etag === undefined || partCountOf(etag) !== undefined || (judgement.digestDiffers && etagIsDigest);
}

function proofIn(judgement: ContentJudgement, isSame: boolean): Pick<FetchedContent, 'proof' | 'unproved'> {
  if (judgement.kind === 'proved') return { proof: judgement.proof };
  const { reason } = judgement;
  return { proof: undefined, unproved: isSame ? `${reason}; read twice, it was the same` : reason };
}
