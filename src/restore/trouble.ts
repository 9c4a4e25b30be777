import { type Item, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import type { Store } from '../s3/store.ts';
import { fatalFrom, StoreError } from '../s3/store-error.ts';
import type { Listed } from './item.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { localReason } from './restore-error.ts';
import { type TargetRoot, targetFailure } from './target.ts';

/** The store and the folder whose loss ends the whole restore. */
export interface SettleContext {
  readonly store: Store;
  readonly control: RunControl;
  /** Target folder. Default: the stage writes nothing. */
  readonly target?: TargetRoot | undefined;
}

/**
 * Settles an object as failed by the error that was thrown for it. Also ends the run if the store is lost or the target folder
 * cannot be written.
 *
 * @throws the error itself if it concerns neither the object nor the local file
 */
export function settleObjectByError(
  file: Listed,
  error: unknown,
  { store, control, target }: SettleContext,
): Item<never, RestoreOutcome> {
  const failure = target && targetFailure(target, error);
  if (failure) control.fail(failure);
  const local = localReason(error);
  if (local) return settle<RestoreOutcome>(file, 'failed', local);
  if (!(error instanceof StoreError)) throw error;
  const fatal = fatalFrom(error, store.bucket);
  if (fatal) control.fail(fatal);
  const { attempts, message: reason, status } = error;
  if (control.aborting.aborted)
    return settle<RestoreOutcome>(file, 'failed', { ...control.reason, attempts });
  const code = status === 404 ? 'NOT_FOUND' : 'DOWNLOAD_FAILED';
  return settle<RestoreOutcome>(file, 'failed', { code, reason, attempts });
}
