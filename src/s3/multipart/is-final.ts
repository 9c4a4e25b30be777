import { SourceError } from '../../source/source-error.ts';
import { WORTH_ANOTHER_TRY } from '../retry.ts';
import { fatalFrom, StoreError } from '../store-error.ts';

/**
 * Whether no later run can go on from here: the file is another one now, or the store has refused what was asked for.
 * What passes does not count: the network, a store that is down, credentials that have expired, the run's end.
 */
export function isFinal(error: unknown): boolean {
  if (error instanceof SourceError) return error.code === 'FILE_CHANGED';
  if (!(error instanceof StoreError)) return false;
  const { status = 0, code } = error;
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  const passes =
    WORTH_ANOTHER_TRY.has(code) || code === 'RequestTimeout' || fatalFrom(error, '') !== undefined;
  return isRefusal && !passes;
}
