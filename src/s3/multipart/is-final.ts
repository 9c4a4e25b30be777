import { SourceError } from '../../source/source-error.ts';
import { WORTH_ANOTHER_TRY } from '../retry.ts';
import { fatalFrom, StoreError } from '../store-error.ts';

const FINAL_OF_FILES: ReadonlySet<string> = new Set(['FILE_CHANGED', 'SIZE_MISMATCH']);

/**
 * Whether no later run can resume from here: the file is another one or has no size to go by, or the store has refused the request.
 * What passes does not count: the network, a store that is down, credentials that have expired, the run's end.
 */
export function isFinal(error: unknown): boolean {
  if (error instanceof SourceError) return FINAL_OF_FILES.has(error.code);
  if (!(error instanceof StoreError)) return false;
  const { status = 0, code } = error;
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  const passes =
    WORTH_ANOTHER_TRY.has(code) || code === 'RequestTimeout' || fatalFrom(error, '') !== undefined;
  return isRefusal && !passes;
}
