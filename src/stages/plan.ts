import { DEFAULTS, FILES_AT_ONCE } from '../core/defaults.ts';
import { callback, number, type OptionSchemas, object, optional } from '../core/option-schemas.ts';
import { requireOptions } from '../core/require-options.ts';
import { type Item, type Selected, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { stopOfReading } from '../flow/stop-of-reading.ts';
import { whyNeverSent } from '../flow/transfer-limit.ts';
import { objectUnder } from '../proof/object-under-key.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import type { KeyLookup } from '../s3/key-lookup.ts';
import { type Room, requireRoom } from '../s3/multipart/require-room.ts';
import type { Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import { createReading, SourceContent } from '../source/content.ts';
import { SourceFile } from '../source/source-file.ts';
import { compareContent, type Likeness, type Overwrite, objectExists } from './compare.ts';
import { type IsStored, settleUnopened } from './moved-before.ts';
import { neverDeleted } from './never-deleted.ts';
import * as schemas from './option-schemas.ts';
import { settleFileByError } from './trouble.ts';

export interface PlanOptions {
  /** Whether the run that is planned would delete files. Default false. */
  readonly deletes?: boolean | undefined;
  /** Whether the planned run would delete files that have other hard links. Default false. */
  readonly deleteHardLinks?: boolean | undefined;
  /**
   * Memory and part size of the planned run; a file that cannot be sent with these is planned to fail. Default: no
   * limit.
   */
  readonly room?: Room | undefined;
  /** Most bytes that the planned run may send; a larger file that it would send is planned to fail. Default: no limit. */
  readonly maxTransferBytes?: number | undefined;
  /**
   * The store that the planned run would send to. Default: no object is looked up, and every file is planned to be
   * uploaded.
   */
  readonly store?: Store | undefined;
  /** What the planned run would do with an object that is under the key. Default `if-different`. */
  readonly overwrite?: Overwrite | undefined;
  /** Looks up many keys at once. Default: one HEAD per file. */
  readonly lookup?: KeyLookup | undefined;
  /** Called for a file that is missing: if S3 holds an object under its key, it is MOVED_BEFORE. Default: it is NOT_FOUND. */
  readonly isStored?: IsStored | undefined;
  /** Whether it is known that there is nothing below the prefix. Default false. */
  readonly isEmpty?: boolean | undefined;
  /** Files in work at once. Default 16. */
  readonly concurrency?: number | undefined;
  readonly control?: RunControl | undefined;
}

/** @internal */
export const PLAN_SCHEMA: OptionSchemas<PlanOptions> = {
  deletes: schemas.flag,
  deleteHardLinks: schemas.flag,
  room: optional(object),
  maxTransferBytes: optional(number),
  store: optional(object),
  overwrite: optional(schemas.overwrite),
  lookup: optional(object),
  isStored: optional(callback),
  isEmpty: schemas.flag,
  concurrency: optional(number),
  control: schemas.control,
};

/** Reasons in the report of a dry run: what a run would do with a file. */
export const PLANS = {
  upload: 'would be uploaded',
  overwrite: 'would be uploaded and overwrite the object under its key, which has other content',
  move: 'would be uploaded and deleted here once S3 has proved that it holds it',
  moveOver:
    'would overwrite the object under its key, which has other content, and be deleted here once S3 has proved that it holds it',
  keep: 'would be uploaded and kept here, since it has other hard links, or is a link or a rule file',
  keepOver:
    'would overwrite the object under its key, which has other content, and be kept here, since it has other hard links, or is a link or a rule file',
  remove: 'is in S3 already, and would be deleted here',
} as const;

/**
 * The last stage of a dry run, instead of hash and all stages after it: reports for each file what a run would do, and neither
 * sends nor deletes anything.
 *
 * - In: selected files. Out: settled items only.
 * - Opens each file, and looks up the object under its key, as a run would. Reads only files whose object has the same size.
 * - Settles: skipped DRY_RUN (one of `PLANS`); unchanged, if S3 holds it and it would be kept; as failed, with the code that a
 *   run would give: OBJECT_EXISTS, FILE_TOO_LARGE, UNREADABLE and others.
 */
export function plan(options: PlanOptions = {}): Stage<Selected, never> {
  requireOptions('plan', PLAN_SCHEMA, options);
  const { control } = options;
  const memoryBytes = options.room?.memoryBytes ?? Number.MAX_SAFE_INTEGER;
  const reading = { ...createReading(memoryBytes), whyStop: stopOfReading(control) };
  return stage(options.concurrency ?? FILES_AT_ONCE, async (file: Selected): Promise<Item<never>> => {
    if (control?.stopping.aborted) return settle(file, 'failed', control.reason);
    let content: SourceContent | undefined;
    try {
      content = new SourceContent(SourceFile.open(file), reading);
      return await planned({ ...file, content }, options);
    } catch (error) {
      content?.close();
      const { store } = options;
      if (store && error instanceof StoreError)
        return settleFileByError(file, error, 'UPLOAD_FAILED', { store, control });
      return settleUnopened(file, error, options.isStored);
    }
  });
}

type Opened = Selected & { readonly content: SourceContent };

async function planned(file: Opened, options: PlanOptions): Promise<Item<never>> {
  const { store, room, overwrite = DEFAULTS.overwrite, isEmpty = false } = options;
  const { size } = file.content;
  if (room && size > room.partSizeBytes) requireRoom(size, room);
  const isDeleted = options.deletes === true && mayBeDeleted(file, options);
  const isKept = options.deletes === true && !isDeleted;
  const never = whyNeverSent(size, options.maxTransferBytes ?? Number.POSITIVE_INFINITY);
  const would = (of: keyof typeof PLANS) =>
    never ? settle(file, 'failed', never) : settle(file, 'skipped', { code: 'DRY_RUN', reason: PLANS[of] });
  const found =
    store === undefined || isEmpty ? undefined : await objectUnder(file.key, { ...options, store });
  if (store === undefined || found === undefined)
    return would(isDeleted ? 'move' : isKept ? 'keep' : 'upload');
  const likeness = overwrite === 'always' ? OTHER : await likenessOf(found, file, store);
  if (likeness.isSame) {
    const { existing, proof } = likeness;
    const same = { ...file, etag: existing.etag, versionId: existing.versionId };
    return isDeleted
      ? settle(same, 'skipped', { code: 'DRY_RUN', reason: PLANS.remove })
      : settle({ ...same, proof }, 'unchanged');
  }
  if (overwrite === 'never') return objectExists(file, found, likeness.reason);
  return would(isDeleted ? 'moveOver' : isKept ? 'keepOver' : 'overwrite');
}

const OTHER: Likeness = { isSame: false, reason: 'with other content' };

async function likenessOf(found: ObjectState, file: Opened, store: Store): Promise<Likeness> {
  const { content } = file;
  if (found.size !== undefined && found.size !== content.size) return OTHER;
  if (content.size <= store.partSize) await content.readWhole();
  return compareContent(found, file, store);
}

function mayBeDeleted(file: Opened, { deleteHardLinks = DEFAULTS.deleteHardLinks }: PlanOptions): boolean {
  return neverDeleted(file) === undefined && (deleteHardLinks || file.content.identity.nlink <= 1n);
}
