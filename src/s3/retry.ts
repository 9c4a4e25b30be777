const BASE_MS = 100;
const CAP_MS = 10_000;

/**
 * Time to wait before a request is retried: exponential backoff from 100 ms to 10 s with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), or the time that the store requests, up
 * to 10 s.
 *
 * @param attempt Number of the failed try, from 1.
 * @param retryAfterMs Time from the Retry-After header, in milliseconds.
 * @returns milliseconds
 */
export function delayBefore(attempt: number, retryAfterMs?: number): number {
  if (retryAfterMs !== undefined) return Math.min(CAP_MS, Math.max(0, retryAfterMs));
  return Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt);
}

/**
 * Codes of refusals that a retry can turn: a body that was damaged on its way, since our own bytes are right, and
 * another writer at the same moment (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
 */
export const RETRYABLE_CODES: ReadonlySet<string> = new Set([
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'IncompleteBody',
  'ConditionalRequestConflict',
  'OperationAborted',
]);
