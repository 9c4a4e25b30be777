import { dirname } from 'node:path';
import { BackupError } from '../core/errors.ts';
import { assignCopy } from '../flow/assign-copy.ts';
import { type Item, pass, type Selected, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { fileSystemOf } from '../source/file-system.ts';
import { lookAt } from '../source/look.ts';
import { absolutePath } from '../source/root.ts';
import { neverDeleted } from '../stages/never-deleted.ts';

/** Limit on the local files that a run may delete: a number, or a share of the files that it finds, such as `10%`. */
export type MaxDelete = number | `${number}%`;

/**
 * Converts a limit to a number of files.
 *
 * @param found Number of files that the run finds.
 * @throws BackupError `BAD_OPTION`
 */
export function allowedDeletions(limit: MaxDelete, found: number): number {
  const [, digits, percent] = /^(\d{1,15}(?:\.\d+)?)(%?)$/.exec(String(limit)) ?? [];
  const value = Number(digits);
  if (digits === undefined || (percent ? value > 100 : !Number.isSafeInteger(value))) {
    throw new BackupError(
      'BAD_OPTION',
      `maxDelete is ${JSON.stringify(limit)}; allowed is a whole number of files, or a share from 0% to 100%.`,
    );
  }
  return percent ? Math.floor((found * value) / 100) : value;
}

/** The limit on deletions in one run. */
export interface Deletions {
  /** Most files that the run may delete. */
  readonly allowed: number;
  /** The limit as it was given, for messages. */
  readonly limit: MaxDelete;
  /** Number of files passed on for deletion so far. */
  admitted: number;
}

/** The error `MAX_DELETE` that ends a run before anything is sent; undefined if it would not delete too many files. */
export function tooManyDeletions(
  planned: number,
  found: number,
  { allowed, limit }: Deletions,
): BackupError | undefined {
  if (planned <= allowed) return undefined;
  const files = found === 1 ? 'file' : 'files';
  return tooMany(`The move would delete ${planned} of ${found} ${files} here`, limit);
}

/**
 * What a move would do with a selected file: delete it, with its size in bytes. `absent`: a file of a list that is not here, since
 * an earlier run has moved it, for example. `stays`: a file that is kept here even if it is proved.
 */
export type Prospect = { readonly deletes: number } | 'stays' | 'absent';

/** Tells what a move would do with a selected file. */
export function prospectOf(file: Selected, deleteHardLinks: boolean | undefined): Prospect {
  if (neverDeleted(file)) return 'stays';
  const path = absolutePath(file.root, file.path);
  const stats = lookAt(path);
  if (stats === undefined) return 'absent';
  return deleteHardLinks || mayBeItsOnlyName(path, stats.nlink) ? { deletes: stats.size } : 'stays';
}

/** Whether a file may have no other hard link. NTFS counts the short name that Windows gives it, too. */
function mayBeItsOnlyName(path: string, links: number): boolean {
  return links <= 1 || (links === 2 && fileSystemOf(dirname(path)).mayCountShortNames);
}

/**
 * Makes the stage that ends the run at the first file beyond the limit: files may have come since they were counted. It marks the
 * files that it counts, and only these may be deleted: the other links of a file may go, and a file of a list may come, before
 * the file is deleted. Such a file counts in a later pass.
 */
export function withinLimit(
  deletions: Deletions,
  control: RunControl,
  deleteHardLinks?: boolean,
): Stage<Selected, Selected> {
  const { allowed, limit } = deletions;
  return stage(1, (file: Selected): Item<Selected> => {
    if (file.isCounted || typeof prospectOf(file, deleteHardLinks) === 'string') return pass(file);
    deletions.admitted += 1;
    if (deletions.admitted <= allowed) return pass(assignCopy(file, { isCounted: true }));
    control.fail(tooMany(`The move has found more than ${allowed} files to delete here`, limit));
    return settle(file, 'failed', control.reason);
  });
}

function tooMany(what: string, limit: MaxDelete): BackupError {
  return new BackupError('MAX_DELETE', `${what}; the limit is ${limit}.`, {
    hint: 'A `dryRun` lists them. If that many are meant to be deleted, raise `maxDelete`.',
  });
}
