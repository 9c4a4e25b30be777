import type { ItemCode } from '../core/outcomes.ts';
import { type Item, type SettledFields, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import type { Store } from '../s3/store.ts';
import { fatalFrom, StoreError } from '../s3/store-error.ts';
import { SourceError } from '../source/source-error.ts';

/**
 * Settles a file by the error that the work on it threw, and ends the run if the destination is lost.
 *
 * @param code Code of the settlement if the store failed to do what was asked.
 * @throws any error that is neither a SourceError nor a StoreError
 */
export function settleFileByError(
  file: SettledFields,
  error: unknown,
  code: ItemCode,
  { store, control }: { readonly store: Store; readonly control?: RunControl | undefined },
): Item<never> {
  if (error instanceof SourceError)
    return settle(file, error.fate, { code: error.code, reason: error.message });
  if (!(error instanceof StoreError)) throw error;
  const fatal = fatalFrom(error, store.bucket);
  if (fatal) control?.fail(fatal);
  const { attempts, message: reason } = error;
  if (control?.aborting.aborted) return settle(file, 'failed', { ...control.reason, attempts });
  return settle(file, 'failed', { code, reason, attempts });
}
