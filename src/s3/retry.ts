import type { S3ClientConfig } from '@aws-sdk/client-s3';

type RetryStrategy = Extract<
  NonNullable<S3ClientConfig['retryStrategy']>,
  { refreshRetryTokenForRetry: unknown }
>;
type RetryToken = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>;
type RetryErrorInfo = Parameters<RetryStrategy['refreshRetryTokenForRetry']>[1];

const BASE_MS = 100;
const CAP_MS = 10_000;

/**
 * The SDK's retry decisions without its token bucket, which after 17–18 failing requests of one client retries nothing
 * any more. Exponential backoff from 100 ms to 10 s with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), or what Retry-After asks for, up to 10 s.
 * An aborted request does not wait: the SDK races the delay against its signal.
 */
export function patientRetries(maxAttempts: number): RetryStrategy {
  return {
    acquireInitialRetryToken: async () => tokenOf(0, 0),
    refreshRetryTokenForRetry: async (token, info) => {
      const attempt = token.getRetryCount() + 1;
      if (attempt >= maxAttempts || !isTemporary(info)) throw info.error ?? new Error('not retried');
      return tokenOf(attempt, delayBefore(attempt, info.retryAfterHint));
    },
    recordSuccess: () => undefined,
  };
}

function tokenOf(count: number, delayMs: number): RetryToken {
  return { getRetryCount: () => count, getRetryDelay: () => delayMs };
}

function delayBefore(attempt: number, retryAfter: Date | undefined): number {
  if (retryAfter) return Math.min(CAP_MS, Math.max(0, retryAfter.getTime() - Date.now()));
  return Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt);
}

/** Codes for a body that was damaged on its way: what we hold is right, so sending it again can help. */
const DAMAGED_ON_THE_WAY = new Set(['BadDigest', 'XAmzContentSHA256Mismatch', 'IncompleteBody']);

function isTemporary(info: RetryErrorInfo): boolean {
  return info.errorType !== 'CLIENT_ERROR' || DAMAGED_ON_THE_WAY.has(info.error?.name ?? '');
}
