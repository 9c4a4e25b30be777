import { BROKEN, NOT_REACHED } from './error-codes.ts';
import { RETRYABLE_CODES } from './retry.ts';
import type { StoreError } from './store-error.ts';

const TEMPORARY_CODES: ReadonlySet<string> = new Set([
  ...RETRYABLE_CODES,
  'SlowDown',
  'RequestTimeout',
  'InternalError',
  'ServiceUnavailable',
  'Throttling',
  'ThrottlingException',
  ...NOT_REACHED,
  ...BROKEN,
]);

/**
 * Whether a code or an HTTP status is that of a temporary error, so that the same request may succeed later
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). 408 is what proxies write to a connection before they
 * close it.
 */
export function isTemporary({ code, status = 0 }: Pick<StoreError, 'code' | 'status'>): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501) || TEMPORARY_CODES.has(code);
}
