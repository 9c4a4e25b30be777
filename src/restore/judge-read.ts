import { RESTORE_DEFAULTS } from '../core/defaults.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import type { LocalContent } from '../proof/local-content.ts';
import { type ContentJudgement, type ProvedObject, prove } from '../proof/prove-content.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import { judgeReadBack } from '../proof/rules/judge.ts';
import type { ObjectBytes, Store } from '../s3/store.ts';

/** How content is proved. */
export interface ProvedOptions {
  readonly store: Store;
  /** Whether content is refused if its digest differs from what looks like the object's digest. Default true. */
  readonly requireProof?: boolean | undefined;
  /** Record that a run made of the content. Its MD5, if it has one, decides unless S3 proves the recorded write. Default: none. */
  readonly recorded?: Pick<ManifestEntry, 'md5' | 'etag'> | undefined;
}

/** The write of an object that content was read from. */
export type ReadObject = ProvedObject & Pick<ObjectBytes, 'etagIsDigest'>;

/** What became of the proof of content that was read. */
export interface Verdict {
  readonly judgement: ContentJudgement;
  /** Why the content is refused; undefined if it is accepted, with a proof or without one. */
  readonly refusal: string | undefined;
}

/**
 * Judges content that was just read by what S3 reports of the object, and by what a run recorded of it.
 *
 * @throws StoreError if S3 does not answer; SourceError if the content cannot be read
 */
export async function judgeRead(
  object: ReadObject,
  content: LocalContent,
  { store, requireProof = RESTORE_DEFAULTS.requireProof, recorded }: ProvedOptions,
): Promise<Verdict> {
  const byStore = await prove(object, content, store, true);
  const isRecordedWrite = byStore.kind === 'proved' && isSameEtag(object.etag, recorded?.etag ?? undefined);
  const judgement = isRecordedWrite ? byStore : await judgeByRecordedMd5(byStore, content, recorded?.md5);
  return { judgement, refusal: refusalOf(judgement, requireProof && object.etagIsDigest) };
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
