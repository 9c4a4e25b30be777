import type { ManifestEntry } from '../manifest/manifest.ts';
import type { Store } from '../s3/store.ts';
import type { Described } from './download.ts';
import type { Fetched } from './item.ts';
import type { LocalContent } from './local-content.ts';
import { type ContentJudgement, type ProvedObject, prove } from './prove.ts';
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
  readonly object: ProvedObject & Described;
  readonly content: LocalContent;
  readonly close?: () => void;
}

type Proved = Pick<Fetched, 'etag' | 'size' | 'metadata' | 'md5' | 'proof' | 'unproved' | 'attempts'>;

/**
 * Reads and proves content, once more from its beginning where it is not what S3 says. Where S3 reports no digest (SSE-KMS)
 * it is taken as it is, and said so.
 *
 * @throws RestoreError `CONTENT_DIFFERS`, and what reading throws
 */
export async function readProved(
  attempt: () => Promise<Attempt>,
  { store, requireProof = true, recorded }: ProvedOptions,
  beginAgain: () => void = () => undefined,
): Promise<Proved> {
  for (let attempts = 1; ; attempts += 1) {
    const { object, content, close } = await attempt();
    try {
      const judgement = await alsoByRecord(await prove(object, content, store), content, recorded?.md5);
      const refusal = refusalOf(judgement, requireProof && object.etagIsDigest);
      const { etag, size, metadata } = object;
      if (refusal === undefined) {
        const md5 = await content.md5();
        return { etag, size, metadata, md5, attempts, ...proofIn(judgement) };
      }
      if (attempts > 1) throw new RestoreError('CONTENT_DIFFERS', refusal);
    } finally {
      close?.();
    }
    beginAgain();
  }
}

/** Content that was read back and has the MD5 of the file is proved, whatever S3 reports of it. */
async function alsoByRecord(
  judgement: ContentJudgement,
  content: LocalContent,
  recorded: string | null | undefined,
): Promise<ContentJudgement> {
  if (typeof recorded !== 'string' || judgement.kind === 'differs') return judgement;
  const md5 = await content.md5();
  if (md5 !== recorded)
    return { kind: 'differs', reason: `its MD5 is ${md5}, that run has recorded ${recorded}` };
  return judgement.kind === 'proved' ? judgement : { kind: 'proved', proof: 'download' };
}

function refusalOf(judgement: ContentJudgement, etagIsDigest: boolean): string | undefined {
  if (judgement.kind === 'differs') return judgement.reason;
  return judgement.kind === 'unproved' && judgement.isTelling && etagIsDigest ? judgement.reason : undefined;
}

function proofIn(judgement: ContentJudgement): Pick<Fetched, 'proof' | 'unproved'> {
  return judgement.kind === 'proved'
    ? { proof: judgement.proof }
    : { proof: undefined, unproved: judgement.reason };
}
