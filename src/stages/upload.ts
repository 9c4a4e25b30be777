/** The room `stages` has one pipeline stage per file, from scan to delete-source; each has an export of its own. */
import { FILES_AT_ONCE } from '../core/defaults.ts';
import { BackupError } from '../core/errors.ts';
import { callback, type OptionSchemas, object, optional } from '../core/option-schemas.ts';
import { requireOptions } from '../core/require-options.ts';
import { secondsSince } from '../core/seconds-since.ts';
import type { Limit } from '../flow/adaptive-limit.ts';
import { assignCopy } from '../flow/assign-copy.ts';
import { CountedFile, type FileInWork } from '../flow/file-in-work.ts';
import {
  type Acknowledged,
  type Hashed,
  type Item,
  type ObjectWrite,
  pass,
  type Reason,
  type Sendable,
  settle,
} from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import {
  FileAllowance,
  limitReached,
  RunTransferLimit,
  type TransferLimit,
  whyNeverSent,
} from '../flow/transfer-limit.ts';
import { etagFormOf } from '../proof/etag-form.ts';
import { readBack } from '../proof/read-back.ts';
import { judge } from '../proof/rules/judge.ts';
import { OverwriteGuard } from '../s3/overwrite-guard.ts';
import type { Store, UploadAnswer } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import { ByteCount } from '../source/byte-count.ts';
import * as schemas from './option-schemas.ts';
import { settleFileByError } from './trouble.ts';

export interface UploadOptions {
  readonly store: Store;
  /** Files in flight at once. Default 16. */
  readonly concurrency?: number | Limit | undefined;
  /** Called for every upload that has succeeded, with its number of bytes. */
  readonly onUploaded?: ((bytes: number) => void) | undefined;
  /** Called while files are sent, with the number of bytes since the last call. Bytes of a try that is repeated count again. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  /** The stage adds each file when its upload begins, and removes it at the end. Default: no progress is shown. */
  readonly inWork?: Set<FileInWork> | undefined;
  /**
   * Whether an object is not overwritten even if the store ignores conditions, as far as possible: with `ifAbsent`, the key is
   * looked up just before it is written. Default false.
   */
  readonly neverOverwrites?: boolean | undefined;
  /**
   * Most bytes of content that are sent, over all files, those sent again included. A file is begun only if it fits in whole; the
   * first one that does not ends the run. Default: no limit.
   */
  readonly maxTransferBytes?: number | TransferLimit | undefined;
  readonly control?: RunControl | undefined;
}

/** @internal */
export const UPLOAD_SCHEMA: OptionSchemas<UploadOptions> = {
  store: object,
  concurrency: schemas.limit,
  onUploaded: optional(callback),
  onSent: optional(callback),
  inWork: optional(object),
  neverOverwrites: schemas.flag,
  maxTransferBytes: schemas.transferLimit,
  control: schemas.control,
};

/**
 * Stage 5: sends each file to S3, whole or in parts, each body with a digest by which S3 checks it.
 *
 * - In: hashed files. Out: uploaded ones, with the answer of S3. That answer is not a proof.
 * - Sends nothing if `existing` says that the content is in S3 already. Overwrites nothing if `ifAbsent` is set, and only the
 *   object of this ETag if `ifMatch` is.
 * - Settles: UPLOAD_FAILED; OBJECT_EXISTS; FILE_CHANGED and UNREADABLE for files that are read on the way; FILE_TOO_LARGE for
 *   a file that is larger than `maxTransferBytes`; INTERRUPTED, RUN_FAILED.
 * - Releases the memory of the bytes; the file stays open.
 * - Ends the run if the destination is lost (credentials, bucket), or if `maxTransferBytes` is reached.
 */
export function upload<F extends Sendable = Hashed>(options: UploadOptions): Stage<F, F & Acknowledged> {
  requireOptions('upload', UPLOAD_SCHEMA, options);
  const { store, control } = options;
  const guard = options.neverOverwrites ? new OverwriteGuard(store) : store;
  const limit = limitOf(options.maxTransferBytes);
  return stage(options.concurrency ?? FILES_AT_ONCE, async (file: F): Promise<Item<F & Acknowledged>> => {
    const { existing, content } = file;
    if (existing) {
      content.releaseBytes();
      return pass(assignCopy(file, { ...existing, attempts: 0, resumedBytes: 0 }));
    }
    if (control?.stopping.aborted) return settle(file, 'failed', control.reason);
    const refusal = limit && (await refusedBy(limit, content, control));
    if (refusal) return settle(file, 'failed', refusal);
    const begun = performance.now();
    const followed = follow(file, options);
    try {
      const answer = await send(file, store, guard);
      content.releaseBytes();
      options.onUploaded?.(content.size);
      return pass(assignCopy(file, Object.assign(answer, { seconds: secondsSince(begun) })));
    } catch (error) {
      const exists = error instanceof StoreError && error.code === 'PreconditionFailed';
      const failed = assignCopy(file, { seconds: secondsSince(begun) });
      if (isLimitReached(error)) return settle(failed, 'failed', endRun(error, control));
      return settleFileByError(failed, error, exists ? 'OBJECT_EXISTS' : 'UPLOAD_FAILED', options);
    } finally {
      content.allowance?.end();
      if (followed) options.inWork?.delete(followed);
    }
  });
}

/** Whether a body was not sent again, since the run may not send as much. */
function isLimitReached(error: unknown): error is BackupError {
  return error instanceof BackupError && error.code === 'MAX_TRANSFER';
}

function limitOf(given: UploadOptions['maxTransferBytes']): TransferLimit | undefined {
  return typeof given === 'number' ? new RunTransferLimit(given) : given;
}

/** Takes the size of a file from the limit. Resolves to the reason why the file is not sent, if the limit does not have it. */
async function refusedBy(
  limit: TransferLimit,
  content: Sendable['content'],
  control: RunControl | undefined,
): Promise<Reason | undefined> {
  const never = whyNeverSent(content.size, limit.bytes);
  if (never) return never;
  content.allowance = await FileAllowance.of(limit, content.size);
  if (content.allowance === undefined) return endRun(limitReached(limit), control);
  if (!control?.stopping.aborted) return undefined;
  content.allowance.end();
  return control.reason;
}

/** Ends the run at its limit. Returns the reason for the file that did not fit. */
function endRun(reached: BackupError, control: RunControl | undefined): Reason {
  control?.fail(reached);
  return control?.reason ?? { code: 'INTERRUPTED', reason: reached.message };
}

/** Counts the bytes of a file while they are sent, if the options ask for it. */
function follow({ path, content }: Sendable, { onSent, inWork }: UploadOptions): FileInWork | undefined {
  if (onSent === undefined && inWork === undefined) return undefined;
  const sent = new ByteCount(onSent);
  content.sent = sent;
  const followed = new CountedFile(path, content, () => sent.total);
  inWork?.add(followed);
  return followed;
}

async function send(file: Sendable, store: Store, guard: Pick<Store, 'upload'>): Promise<UploadAnswer> {
  const { key, content, ifAbsent, ifMatch } = file;
  try {
    return await guard.upload(key, content, { ifAbsent, ifMatch });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code !== 'PreconditionFailed') throw error;
    const write = await ownWrite(file, store);
    if (write === undefined) throw error;
    return { ...write, attempts: error.attempts, resumedBytes: 0 };
  }
}

/**
 * Looks for an object that our own upload wrote: the first try may have succeeded although its answer was lost; then the second
 * try finds that object.
 */
async function ownWrite({ key, content }: Sendable, store: Store): Promise<ObjectWrite | undefined> {
  const { size, md5, checksums } = content;
  if (md5 === undefined) return undefined;
  const state = await store.head({ key });
  const { etagsAreMd5, bucket } = store;
  const expected = { size, md5, checksums, partsEtag: undefined, etag: undefined, etagsAreMd5 };
  const told = judge(state, expected);
  const isOpaque = told.kind === 'unproved' && etagFormOf(state, bucket) === 'opaque';
  const judgement = isOpaque ? await readBack(store, key, state, expected) : told;
  if (judgement.kind !== 'proved') return undefined;
  return { etag: state.etag ?? '', versionId: state.versionId, partsEtag: undefined };
}
