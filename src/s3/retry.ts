const BASE_MS = 100;
const CAP_MS = 10_000;

/**
 * How long to wait before a request is tried again: exponential backoff from 100 ms to 10 s with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), or what the store asked for, up to 10 s.
 *
 * @param attempt 1 before the second try.
 * @param askedMs From Retry-After.
 * @returns milliseconds
 */
export function delayBefore(attempt: number, askedMs?: number): number {
  if (askedMs !== undefined) return Math.min(CAP_MS, Math.max(0, askedMs));
  return Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt);
}

/**
 * Codes of refusals that another try can turn: a body that was damaged on its way, since what we hold is right, and
 * another writer at the same moment (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
 */
export const WORTH_ANOTHER_TRY: ReadonlySet<string> = new Set([
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'IncompleteBody',
  'ConditionalRequestConflict',
  'OperationAborted',
]);
