import type { ResolvedOptions } from '../backup/resolve-options.ts';
import { below, parentOf } from '../core/paths.ts';
import { readStoredRun } from '../manifest/read-manifest.ts';
import type { StoredRun } from '../manifest/runs.ts';
import type { Store } from '../s3/store.ts';
import { lookAt } from '../source/look.ts';
import { recoverFolder } from '../source/recover.ts';
import { absolutePath } from '../source/root.ts';
import type { ShardRuns } from './ended-shards.ts';
import { placeOf } from './shard-folders.ts';

/** Collaborators of a recovery. */
export interface RecoverOptions extends Pick<ResolvedOptions, 'roots' | 'prefix'> {
  readonly store: Store;
  /** Called for each file that has its name again, with its path as a report has it. */
  readonly onRestored: (path: string) => void;
}

/** What was found of files that a killed run had moved aside. */
interface Found {
  /** Whether files are back, or another run may still work on them. */
  readonly isOpen: boolean;
  /** Whether a file cannot be put back. */
  readonly isBlocked: boolean;
}

/**
 * Gives the files that killed runs of a shard have moved aside for deletion their names back. Without a killed run this costs nothing.
 *
 * @returns whether the shard has to run again: a file is back, or another run may still work on it; or it cannot be put back, and no
 * later run of the shard has reported that
 * @throws BackupError `MANIFEST_UNREADABLE`; StoreError
 */
export async function recoverShard({ runs, complete }: ShardRuns, options: RecoverOptions): Promise<boolean> {
  let mustRun = false;
  const reported = complete === undefined ? runs.length : runs.indexOf(complete);
  for (const [place, run] of runs.entries()) {
    if (!run.isUnfinished) continue;
    const { isOpen, isBlocked } = await recoverRun(run, options);
    mustRun ||= isOpen || (isBlocked && place < reported);
  }
  return mustRun;
}

/** A run records a deletion before it moves the file aside, so only folders that its record names can have such files. */
async function recoverRun(run: StoredRun, options: RecoverOptions): Promise<Found> {
  const { store, roots, prefix, onRestored } = options;
  const { entries } = await readStoredRun(store, prefix, run);
  const folders = new Set<string>();
  let [isOpen, isBlocked] = [false, false];
  for await (const { path: recorded, fate } of entries) {
    const place = fate === 'deleted' ? placeOf(roots, recorded) : undefined;
    if (place === undefined) continue;
    const { root, path } = place;
    const folder = parentOf(path);
    const name = (root.label ?? '') + folder;
    if (folders.has(name)) continue;
    folders.add(name);
    if (lookAt(absolutePath(root, folder)) === undefined) continue;
    const { restored, waiting, blocked } = await recoverFolder(root, folder);
    for (const file of restored) onRestored((root.label ?? '') + below(folder, file));
    isOpen ||= restored.length + waiting.length > 0;
    isBlocked ||= blocked.length > 0;
  }
  return { isOpen, isBlocked };
}
