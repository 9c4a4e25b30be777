import { BackupError } from '../core/errors.ts';
import { namesOf } from '../source/sources.ts';
import { isFirstMove } from './first-move.ts';
import type { MovePlan } from './move-plan.ts';
import type { RunContext } from './pipeline.ts';
import { optionsOf, type ResolvedOptions } from './resolve-options.ts';

/**
 * Whether the run has to ask before it begins. Not if it is aborted meanwhile.
 *
 * @throws BackupError if the bucket does not tell whether this is a first move
 */
export async function needsConfirmation(
  options: ResolvedOptions,
  { store, control }: RunContext,
): Promise<boolean> {
  const { confirm, confirmWhen, deleteAfterUpload, dryRun, roots } = options;
  if (confirm === undefined || !deleteAfterUpload || dryRun) return false;
  if (confirmWhen === 'always') return true;
  try {
    for (const root of roots) if (await isFirstMove(store, optionsOf(options, root))) return true;
  } catch (error) {
    if (!control.aborting.aborted) throw error;
  }
  return false;
}

/**
 * Asks whether the run may delete these files. Nothing is asked if there are none.
 *
 * @throws BackupError `NOT_CONFIRMED`
 */
export async function requireConfirmed(
  { files, bytes }: Pick<MovePlan, 'files' | 'bytes'>,
  { confirm, roots, bucket, prefix }: ResolvedOptions,
  { control: { stopping: signal } }: RunContext,
): Promise<void> {
  if (files === 0) return;
  const isConfirmed = await confirm?.({ files, bytes, source: namesOf(roots), bucket, prefix, signal });
  if (isConfirmed === true || signal.aborted) return;
  throw new BackupError('NOT_CONFIRMED', 'The move was not confirmed: no file was sent or deleted.');
}
