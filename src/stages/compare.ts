import { FILES_AT_ONCE } from '../core/defaults.ts';
import { number, type OptionSchemas, object, optional } from '../core/option-schemas.ts';
import type { ProofKind } from '../core/outcomes.ts';
import { requireOptions } from '../core/require-options.ts';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from '../digest/checksum.ts';
import { assignCopy } from '../flow/assign-copy.ts';
import { type Hashed, type Item, pass, type SettledFields, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { etagFormOf } from '../proof/etag-form.ts';
import { objectUnder } from '../proof/object-under-key.ts';
import { readBack } from '../proof/read-back.ts';
import { readPartsEtag } from '../proof/read-parts-etag.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import { type Judgement, judge } from '../proof/rules/judge.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import type { KeyLookup } from '../s3/key-lookup.ts';
import type { Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import type { SourceContent } from '../source/content.ts';
import * as schemas from './option-schemas.ts';
import { settleFileByError } from './trouble.ts';

/** What happens to an object that is under the key and has other content. */
export type Overwrite = 'always' | 'if-different' | 'never';

export interface CompareOptions {
  readonly store: Store;
  /** `always` sends every file; the others send nothing if the object has the content, and `never` overwrites no object. */
  readonly overwrite: Overwrite;
  /** Looks up many keys at once. Default: one HEAD per file. */
  readonly lookup?: KeyLookup | undefined;
  /** Whether it is known that there is nothing below the prefix. Default false. */
  readonly isEmpty?: boolean | undefined;
  /** Files in work at once. Default 16. */
  readonly concurrency?: number | undefined;
  readonly control?: RunControl | undefined;
}

/** @internal */
export const COMPARE_SCHEMA: OptionSchemas<CompareOptions> = {
  store: object,
  overwrite: schemas.overwrite,
  lookup: optional(object),
  isEmpty: schemas.flag,
  concurrency: optional(number),
  control: schemas.control,
};

/**
 * Stage 4: looks up the object under each key.
 *
 * - In: hashed files. Out: the same; `existing` if the content is there, `ifAbsent` if nothing was,
 *   `ifMatch` if only this run's own object may be overwritten.
 * - A file of several parts is read for this only if size and number of parts are equal.
 * - An object is read back if it has the size, and its ETag (SSE-KMS, SSE-C) and checksums do not tell: a CRC never does.
 * - Settles as failed: OBJECT_EXISTS (other content is there, and may not be overwritten), UPLOAD_FAILED.
 */
export function compare(options: CompareOptions): Stage<Hashed, Hashed> {
  requireOptions('compare', COMPARE_SCHEMA, options);
  const { store, overwrite, isEmpty = false, control } = options;
  return stage(options.concurrency ?? FILES_AT_ONCE, async (file: Hashed): Promise<Item<Hashed>> => {
    if (control?.stopping.aborted) return settle(file, 'failed', control.reason);
    if (overwrite === 'always') return pass(file);
    if (isEmpty && file.writtenBefore === undefined) return pass(assignCopy(file, { ifAbsent: true }));
    try {
      const found = await objectUnder(file.key, options);
      if (found === undefined) return pass(assignCopy(file, { ifAbsent: true }));
      const likeness = await compareContent(found, file, store);
      if (likeness.isSame) return pass(assignCopy(file, { existing: likeness.existing }));
      if (overwrite === 'if-different') return pass(file);
      // An answer without an ETag (perhaps from a proxy) identifies no object of ours.
      if (isSameEtag(found.etag, file.writtenBefore)) return pass(assignCopy(file, { ifMatch: found.etag }));
      return objectExists(file, found, likeness.reason);
    } catch (error) {
      return settleFileByError(file, error, 'UPLOAD_FAILED', options);
    }
  });
}

/** @param why How the content of the object differs, as the end of a sentence. */
export function objectExists(file: SettledFields, { size, etag }: ObjectState, why: string): Item<never> {
  const bytes = size ?? 'an unknown number of';
  const reason = `an object of ${bytes} bytes is under the key (ETag ${etag}): ${why}`;
  return settle(file, 'failed', { code: 'OBJECT_EXISTS', reason });
}

type Comparable = Pick<Hashed, 'key' | 'content'>;

/** Whether an object has the content of a file. */
export type Likeness =
  | { readonly isSame: true; readonly existing: NonNullable<Hashed['existing']>; readonly proof: ProofKind }
  | { readonly isSame: false; readonly reason: string };

/**
 * Compares a file with an object: by the listing if its ETag tells; else (SSE-KMS, for example) by the checksums that
 * HEAD reports, or by reading the object back.
 *
 * @param file A file whose bytes have been read if it is one part.
 * @throws SourceError, StoreError
 */
export async function compareContent(listed: ObjectState, file: Comparable, store: Store): Promise<Likeness> {
  const { content, key } = file;
  const found = listed.size === undefined ? await store.head({ key }) : listed;
  if (found.size !== content.size) return { isSame: false, reason: 'with other content' };
  const partsEtag = await partsEtagLike(found, file, store);
  const judgeState = async (state: ObjectState) => {
    for (const algorithm of reportedBy(state)) await content.addChecksum(algorithm);
    const { size, md5, checksums } = content;
    return judge(state, { size, md5, checksums, partsEtag, etag: undefined, etagsAreMd5: store.etagsAreMd5 });
  };
  let state = found;
  let judgement = await judgeState(found);
  if (judgement.kind === 'unproved' && reportedBy(found).length === 0) {
    state = await store.head({ key });
    judgement = await judgeState(state);
  }
  const existing = { etag: state.etag ?? '', versionId: state.versionId, partsEtag };
  if (judgement.kind === 'proved') return { isSame: true, existing, proof: judgement.proof };
  if (judgement.kind === 'differs') return { isSame: false, reason: judgement.reason };
  if (etagFormOf(state, store.bucket) !== 'opaque') return { isSame: false, reason: 'with other content' };
  const back = await readBackUnlessArchived(state, file, store);
  if (back.kind !== 'proved') return { isSame: false, reason: back.reason };
  return { isSame: true, existing: { ...existing, isReadBack: true }, proof: back.proof };
}

/** Reads an object back if S3 reports nothing that tells its content, unless the object is archived. */
async function readBackUnlessArchived(
  state: ObjectState,
  { key, content }: Comparable,
  store: Store,
): Promise<Judgement> {
  const { size } = content;
  if (content.md5 === undefined) await partsEtagOf(content, store.partSizeFor(size), store);
  try {
    return await readBack(store, key, state, { size, md5: content.md5, partsEtag: undefined });
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'InvalidObjectState') throw error;
    return { kind: 'unproved', reason: 'it is archived, so its content cannot be compared' };
  }
}

/** Reads a file of several parts if nothing else tells whether its content is that of the object. */
async function partsEtagLike(
  found: ObjectState,
  { content }: Comparable,
  store: Store,
): Promise<string | undefined> {
  if (found.size !== content.size || content.bytes !== undefined) return undefined;
  const parts = Number(/-(\d+)$/.exec(found.etag ?? '')?.[1] ?? 1);
  const partSize = parts === 1 ? content.size : store.partSizeFor(content.size);
  return parts === Math.ceil(content.size / partSize) ? partsEtagOf(content, partSize, store) : undefined;
}

/**
 * Reads a whole file within the memory of one part. Otherwise a thousand files would be read at once, with 1 MiB each
 * in memory.
 */
async function partsEtagOf(content: SourceContent, partSize: number, store: Store): Promise<string> {
  await content.reserve(store.partSize);
  try {
    return await readPartsEtag(content, partSize, store.checksum ?? 'sha256');
  } finally {
    content.releaseBytes();
  }
}

function reportedBy({ checksums }: ObjectState): ChecksumAlgorithm[] {
  return CHECKSUM_ALGORITHMS.filter((algorithm) => checksums[algorithm] !== undefined);
}
