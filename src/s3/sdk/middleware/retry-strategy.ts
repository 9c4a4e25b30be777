import type { S3ClientConfig, S3ServiceException } from '@aws-sdk/client-s3';
import { lacksDescriptor } from '../../../source/when-descriptors-are-free.ts';
import { delayBefore, RETRYABLE_CODES } from '../../retry.ts';
import { isLookedAtFirst } from '../looked-at-first.ts';

type RetryStrategy = Extract<
  NonNullable<S3ClientConfig['retryStrategy']>,
  { refreshRetryTokenForRetry: unknown }
>;
type RetryToken = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>;
type RetryErrorInfo = Parameters<RetryStrategy['refreshRetryTokenForRetry']>[1];

/**
 * The SDK's retry decisions without its token bucket, which after 17–18 failing requests of one client retries nothing
 * any more. An aborted request does not wait: the SDK races the delay against its signal.
 */
export function patientRetries(maxAttempts: number, onSlowDown?: () => void): RetryStrategy {
  return {
    acquireInitialRetryToken: async () => tokenOf(0, 0),
    refreshRetryTokenForRetry: async (token, info) => {
      if (info.errorType === 'THROTTLING') onSlowDown?.();
      const attempt = token.getRetryCount() + 1;
      if (attempt >= maxAttempts || !isTemporary(info)) throw info.error ?? new Error('not retried');
      return tokenOf(attempt, delayBefore(attempt, untilMs(info.retryAfterHint)));
    },
    recordSuccess: () => undefined,
  };
}

function tokenOf(count: number, delayMs: number): RetryToken {
  return { getRetryCount: () => count, getRetryDelay: () => delayMs };
}

function untilMs(date: Date | undefined): number | undefined {
  return date && date.getTime() - Date.now();
}

function isTemporary(info: RetryErrorInfo): boolean {
  if (isLookedAtFirst(info.error)) return false;
  const { name = '', $metadata } = (info.error ?? {}) as Partial<S3ServiceException>;
  // 408 is what proxies write to a connection before they close it.
  return (
    info.errorType !== 'CLIENT_ERROR' ||
    RETRYABLE_CODES.has(name) ||
    $metadata?.httpStatusCode === 408 ||
    lacksDescriptor(info.error)
  );
}
