import { RESTORE_DEFAULTS } from '../core/defaults.ts';
import { type Item, pass, settle } from '../flow/item.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { openSourceFolder } from '../source/source-folder.ts';
import type { Chosen } from './item.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { openTargetFolder, type TargetRoot } from './target.ts';
import { type SettleContext, settleObjectByError } from './trouble.ts';

/** Options of stage 3. */
export interface FoldersOptions extends SettleContext {
  readonly target: TargetRoot;
  /** Whether no folder is created. Default false. */
  readonly dryRun?: boolean | undefined;
}

/**
 * Stage 3 of a restore: creates the folders that have an object of their own, such as those made in the AWS console.
 *
 * - In: chosen objects. Out: files and links.
 * - Settles folders as restored, unchanged, skipped (DRY_RUN) or failed (PATH_CONFLICT, OUTSIDE_TARGET, WRITE_FAILED, ...).
 */
export function folders(options: FoldersOptions): Stage<Chosen, Chosen, RestoreOutcome> {
  const { target, control, dryRun = RESTORE_DEFAULTS.dryRun } = options;
  return stage(1, (file: Chosen): Item<Chosen, RestoreOutcome> => {
    if (file.kind !== 'folder') return pass(file);
    if (control.stopping.aborted) return settle<RestoreOutcome>(file, 'failed', control.reason);
    try {
      if (isThere(target, file.path)) return settle<RestoreOutcome>(file, 'unchanged');
      if (dryRun)
        return settle<RestoreOutcome>(file, 'skipped', { code: 'DRY_RUN', reason: 'would be made' });
      openTargetFolder(target, file.path).close();
      return settle<RestoreOutcome>(file, 'restored');
    } catch (error) {
      return settleObjectByError(file, error, options);
    }
  });
}

function isThere(target: TargetRoot, path: string): boolean {
  try {
    openSourceFolder(target, path).close();
    return true;
  } catch {
    return false;
  }
}
