import { type Hashed, type Item, type ItemCode, type Known, settle } from '../item.ts';
import type { RunControl } from '../run-control.ts';
import { etagFormOf } from '../s3/etag-form.ts';
import type { KeyLookup } from '../s3/key-lookup.ts';
import type { Judgement, ObjectState } from '../s3/proof.ts';
import { readBack } from '../s3/read-back.ts';
import type { Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import { compareContent, objectUnder } from '../s3/under-key.ts';
import { type Stage, stage } from '../stage.ts';
import { settleTrouble } from './trouble.ts';

export interface CheckOptions {
  readonly store: Store;
  /** Whether every byte of the object under this key is read back. Default: of none. */
  readonly readsBack?: ((key: string) => boolean) | undefined;
  /** Finds out about many keys at once. Default: one HEAD a file. */
  readonly lookup?: KeyLookup | undefined;
  /** Files in work at once. Default 16. */
  readonly concurrency?: number | undefined;
  readonly control?: RunControl | undefined;
}

/**
 * The last stage of `s3-backup verify`, instead of compare and all after it: says of each file whether S3 holds the same,
 * and neither sends nor deletes anything.
 *
 * - In: hashed files. Out: settled items only. `unchanged` with the proof where S3 holds the same bytes.
 * - Settles as failed: MISSING_THERE, CONTENT_DIFFERS, NOT_PROVED (S3 reports nothing to compare with; reading it back
 *   would tell), VERIFY_FAILED (no answer), and what changes or cannot be read.
 */
export function check(options: CheckOptions): Stage<Hashed, never> {
  const { control } = options;
  return stage(options.concurrency ?? 16, async (file: Hashed): Promise<Item<never>> => {
    if (control?.stopping.aborted) return settle(file, 'failed', control.reason);
    try {
      const found = await objectUnder(file.key, options);
      return found ? await settleBeside(found, file, options) : missingThere(file);
    } catch (error) {
      if (error instanceof StoreError && error.status === 404) return missingThere(file);
      return settleTrouble(file, error, 'VERIFY_FAILED', options);
    }
  });
}

async function settleBeside(
  found: ObjectState,
  file: Hashed,
  { store, readsBack }: CheckOptions,
): Promise<Item<never>> {
  const { content, key } = file;
  const { judgement, state, partsEtag } = await compareContent(found, file, store, true);
  content.releaseBytes();
  const { size, md5 } = content;
  const reads = state.size === size && readsBack?.(key);
  const last = reads
    ? await readBack(store, key, state, { size, md5, partsEtag })
    : refuted(judgement, state, md5, store.bucket);
  const known = { ...file, etag: state.etag ?? '', versionId: state.versionId };
  return settleJudged(known, last);
}

/** Settles a file, or what an earlier run tells of one, as it was judged. */
export function settleJudged(file: Known, judgement: Judgement): Item<never> {
  if (judgement.kind === 'proved') return settle({ ...file, proof: judgement.proof }, 'unchanged');
  const code: ItemCode = judgement.kind === 'differs' ? 'CONTENT_DIFFERS' : 'NOT_PROVED';
  return settle(file, 'failed', { code, reason: judgement.reason });
}

export function missingThere(file: Known): Item<never> {
  return settle(file, 'failed', { code: 'MISSING_THERE', reason: 'there is no object under its key' });
}

/** An ETag that is another MD5 refutes the content, where nothing says that it is none. */
function refuted(
  judgement: Judgement,
  state: ObjectState,
  md5: string | undefined,
  bucket: string,
): Judgement {
  if (judgement.kind !== 'unproved') return judgement;
  const { etag } = state;
  const form = etagFormOf(state, bucket);
  if (form === 'md5') return { kind: 'differs', reason: `the MD5 is ${etag} in S3, ${md5} here` };
  const why =
    form === 'opaque'
      ? judgement.reason
      : `the ETag ${etag} is of other content, or of parts of another size`;
  return { kind: 'unproved', reason: `${why}; reading it back would tell` };
}
