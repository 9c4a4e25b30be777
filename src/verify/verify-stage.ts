import type { ItemCode } from '../core/outcomes.ts';
import { CountedFile, type FileInWork } from '../flow/file-in-work.ts';
import { type Hashed, type Item, type SettledFields, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { etagFormOf } from '../proof/etag-form.ts';
import { FileContent } from '../proof/local-content.ts';
import { objectUnder } from '../proof/object-under-key.ts';
import { type ContentJudgement, prove } from '../proof/prove-content.ts';
import { readBack } from '../proof/read-back.ts';
import type { Judgement } from '../proof/rules/judge.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import type { KeyLookup } from '../s3/key-lookup.ts';
import type { Store } from '../s3/store.ts';
import { isNotFound } from '../s3/store-error.ts';
import { settleFileByError } from '../stages/trouble.ts';

/** Options of the stage. */
export interface VerifyStageOptions {
  readonly store: Store;
  /** Tells whether the object under a key is downloaded and compared byte for byte. Default: none is. */
  readonly readsBack?: ((key: string) => boolean) | undefined;
  /** Looks up many keys with one listing request. Default: one HEAD request per file. */
  readonly lookup?: KeyLookup | undefined;
  /** Number of files verified at the same time. */
  readonly concurrency: number;
  /** The stage adds each file while it works on it. Default: no progress is shown. */
  readonly inWork?: Set<FileInWork> | undefined;
  /** Called when the number of files in work changes. */
  readonly onAtOnce?: ((change: number) => void) | undefined;
  readonly control: RunControl;
}

/**
 * Last stage of `s3-backup verify`, in place of compare and the stages after it. Compares each file with its object. Neither
 * sends nor deletes anything.
 *
 * - In: hashed files. Out: settled items only. A file that S3 holds with the same content is `unchanged` and has a proof.
 * - Settles as failed: MISSING_THERE, CONTENT_DIFFERS, NOT_PROVED (S3 reports nothing to compare with; reading the object
 *   back would tell), VERIFY_FAILED (no answer), and files that change or cannot be read.
 */
export function verifyStage(options: VerifyStageOptions): Stage<Hashed, never> {
  const { control, inWork, onAtOnce = () => undefined } = options;
  return stage(options.concurrency, async (file: Hashed): Promise<Item<never>> => {
    if (control.stopping.aborted) return settle(file, 'failed', control.reason);
    const { path, content } = file;
    const followed = inWork && new CountedFile(path, content, () => content.readBytes);
    if (followed) inWork.add(followed);
    onAtOnce(1);
    try {
      const found = await objectUnder(file.key, options);
      return found ? await compareAndSettle(found, file, options) : missingThere(file);
    } catch (error) {
      if (isNotFound(error)) return missingThere(file);
      return settleFileByError(file, error, 'VERIFY_FAILED', options);
    } finally {
      onAtOnce(-1);
      if (followed) inWork.delete(followed);
    }
  });
}

async function compareAndSettle(
  found: ObjectState,
  file: Hashed,
  options: VerifyStageOptions,
): Promise<Item<never>> {
  const { key, content } = file;
  const { etag = '', versionId, size } = found;
  const known = { ...file, etag, versionId };
  if (size === undefined)
    return settleJudged(known, { kind: 'unproved', reason: 'S3 does not tell the size of the object' });
  // Reserves as much as a part, so that the memory limit also limits how many large files are read at the same time.
  if (content.bytes === undefined) await content.reserve(options.store.partSize);
  const proof = await prove({ key, size, etag: found.etag }, new FileContent(content), options.store, false);
  if (found.size === content.size && options.readsBack?.(key))
    return settleJudged(known, await compareBytes(found, file, options));
  return settleJudged(known, await judgementOf(proof, file, options));
}

async function compareBytes(
  found: ObjectState,
  { key, content }: Hashed,
  { store }: VerifyStageOptions,
): Promise<Judgement> {
  const md5 = await new FileContent(content).md5();
  content.releaseBytes();
  return readBack(store, key, found, { size: content.size, md5, partsEtag: undefined });
}

/** Decides an unproved comparison: a digest that differs refutes the content, if it really is a digest of it. */
async function judgementOf(
  proof: ContentJudgement,
  { key }: Hashed,
  { store }: VerifyStageOptions,
): Promise<Judgement> {
  if (proof.kind !== 'unproved') return proof;
  const form = proof.digestDiffers ? etagFormOf(await store.head({ key }), store.bucket) : 'opaque';
  return form === 'opaque'
    ? { kind: 'unproved', reason: `${proof.reason}; reading it back would tell` }
    : { kind: 'differs', reason: proof.reason };
}

/** Settles a file, or the record of one, by the result of its comparison. */
export function settleJudged(file: SettledFields, judgement: Judgement): Item<never> {
  if (judgement.kind === 'proved') return settle({ ...file, proof: judgement.proof }, 'unchanged');
  const code: ItemCode = judgement.kind === 'differs' ? 'CONTENT_DIFFERS' : 'NOT_PROVED';
  return settle(file, 'failed', { code, reason: judgement.reason });
}

/** Settles a file whose object does not exist. */
export function missingThere(file: SettledFields): Item<never> {
  return settle(file, 'failed', { code: 'MISSING_THERE', reason: 'there is no object under its key' });
}
