import { DEFAULTS } from '../core/defaults.ts';
import { callback, type OptionSchemas, object, optional } from '../core/option-schemas.ts';
import { requireOptions } from '../core/require-options.ts';
import type { ShardId } from '../core/shard.ts';
import { Batch } from '../flow/batch.ts';
import { batchLimit } from '../flow/descriptor-limits.ts';
import { type Item, settle, type Verified } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import type { Store } from '../s3/store.ts';
import { EmptiedFolders } from '../source/emptied-folders.ts';
import { sameState } from '../source/identity.ts';
import { UNWATCHED_MS } from '../source/last-change.ts';
import { ApartFromStore } from './apart-from-store.ts';
import { deleteBatch } from './delete-batch.ts';
import { neverDeleted } from './never-deleted.ts';
import * as schemas from './option-schemas.ts';
import { type RecordFiles, recordFirst } from './record-first.ts';
import type { RemovalOptions } from './removal.ts';
import type { Verdict } from './verdict.ts';

export interface DeleteSourceOptions extends RemovalOptions {
  /** Whether anything is deleted at all. Default false: every file is kept. */
  readonly enabled?: boolean | undefined;
  /** Whether folders that this run has emptied are removed at the end. Default true. */
  readonly removeEmptyDirectories?: boolean | undefined;
  /** Whether a file that a process has open for writing is deleted. Default false: it is kept. Linux only. */
  readonly deleteOpenFiles?: boolean | undefined;
  /**
   * The store that holds the files. Before the first deletion on each file system it is asked whether the claim made
   * the object vanish: then the source is a mount of the bucket, and the run ends. Default: it is not asked.
   */
  readonly store?: Pick<Store, 'head' | 'bucket'> | undefined;
  readonly control?: RunControl | undefined;
  /**
   * Stores a record of the files of a batch before any of them is moved aside or deleted. If it rejects, none of them is deleted:
   * NOT_RECORDED. A batch then waits up to ten seconds for a thousand files. Default: nothing is recorded.
   */
  readonly record?: RecordFiles | undefined;
  /** The shard whose work the run does: its next attempt puts back what this one leaves claimed. Default: none. */
  readonly shard?: ShardId | undefined;
  /** Called for every folder that was removed, with its path relative to the source. */
  readonly onFolderRemoved?: ((path: string) => void) | undefined;
}

/** @internal */
export const DELETE_SOURCE_SCHEMA: OptionSchemas<DeleteSourceOptions> = {
  enabled: schemas.flag,
  removeEmptyDirectories: schemas.flag,
  deleteHardLinks: schemas.flag,
  onlyCounted: schemas.flag,
  deleteOpenFiles: schemas.flag,
  fence: optional(object),
  store: optional(object),
  control: schemas.control,
  record: optional(callback),
  shard: schemas.shard,
  onFolderRemoved: optional(callback),
};

/** Times of a batch: looking for writers takes 0.2 ms for every process of the system, for one file or for a thousand. */
const TIMES = { idleMs: 10, longestMs: 250 };

/** Times of a batch that is recorded: a request for each, so that it waits until it is full, the input ends, or ten seconds are over. */
const RECORDED_TIMES = { idleMs: 10_000, longestMs: 10_000 };

/**
 * Stage 7: deletes each file whose content S3 has proved to hold, and no other.
 *
 * - In: verified files, nothing less. Out: settled items only.
 * - Deletes exactly the file that was read. The file that has the name must be the inode that is open here, in the state in
 *   which it was read. It is claimed by a rename into a private folder beside it, checked again, and deleted there. It counts
 *   as deleted once the claim's name is gone. On any difference it is put back, never over another file. Names are resolved
 *   through open folders (Linux).
 * - Deletion off: checks the file once more if its upload took long, so that no change goes unnoticed that a later run, which
 *   compares times, could take for older than the object.
 * - Settles: deleted; unchanged or kept (deletion off); kept with a code: HARD_LINK, OPEN_FOR_WRITING, SYMBOLIC_LINK,
 *   RULE_FILE; as failed (the object is in S3, the file still here): FILE_CHANGED, DELETE_FAILED, CLAIM_BLOCKED,
 *   NOT_RECORDED.
 * - Ends the run if the source turns out to be a mount of the bucket: SOURCE_IS_STORE.
 * - At the end removes the folders that it has emptied, deepest first: never the root, never one that was empty before.
 */
export function deleteSource(options: DeleteSourceOptions = {}): Stage<Verified, never> {
  requireOptions('deleteSource', DELETE_SOURCE_SCHEMA, options);
  if (!options.enabled) {
    return stage(1, settleKept);
  }
  const emptied = new EmptiedFolders();
  const together = batchLimit();
  const apart = new ApartFromStore(options);
  const times = options.record ? RECORDED_TIMES : TIMES;
  const batch = new Batch<Deletion>(together, times, (deletions) => decideAll(deletions, apart, options));
  const work = async (file: Verified): Promise<Item<never>> => {
    const why = neverDeleted(file);
    if (why) return settle(file, 'kept', why);
    const { fate, code, reason } = await new Promise<Verdict>((decide, fail) =>
      batch.add({ file, decide, fail }),
    );
    if (fate === 'deleted') emptied.add(file.root, file.path);
    return settle(file, fate, code && { code, reason: reason ?? '' });
  };
  const { removeEmptyDirectories = DEFAULTS.removeEmptyDirectories, onFolderRemoved } = options;
  const flush = async () => {
    if (removeEmptyDirectories) await emptied.remove(onFolderRemoved);
  };
  return stage(together, work, { onLast: () => batch.flush(), flush, hurry: () => batch.flush() });
}

/**
 * Settles a file that is not deleted. If its upload took long, the file is looked at once more: a change before the
 * object was written could look older than the object, and no later run would notice it.
 */
function settleKept(file: Verified): Item<never> {
  if (file.attempts === 0) return settle(file, 'unchanged');
  if (!changedUnwatched(file)) return settle(file, 'kept');
  const reason = 'another file has its name, or it was changed while it was uploaded';
  return settle(file, 'failed', { code: 'FILE_CHANGED', reason });
}

function changedUnwatched({ content, link }: Verified): boolean {
  if (link === 'follow' || content.msUnwatched < UNWATCHED_MS) return false;
  const named = content.file.identityUnderName();
  return named !== undefined && !sameState(named, content.identity);
}

interface Deletion {
  readonly file: Verified;
  readonly decide: (verdict: Verdict) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Decides on all deletions of a batch before it gives a verdict: a verdict closes the file, and with it the open folder
 * that the claims of other files need.
 */
function decideAll(
  deletions: readonly Deletion[],
  apart: ApartFromStore,
  options: DeleteSourceOptions,
): void {
  const files = deletions.map(({ file }) => file);
  recordFirst(files, options, () => deleteBatch(files, apart, options)).then(
    (verdicts) => {
      for (const [index, verdict] of verdicts.entries()) deletions[index]?.decide(verdict);
    },
    (error) => {
      for (const { fail } of deletions) fail(error);
    },
  );
}
