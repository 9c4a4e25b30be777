import { NOT_REACHED } from './error-codes.ts';
import type { StoreError } from './store-error.ts';

/** Codes of failures that occur before any byte of a request is sent. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  ...NOT_REACHED,
  'CredentialsProviderError',
  'EndpointLost',
  'ProxyRefused',
]);

/**
 * Whether S3 may have executed a request although it failed: the request may have reached S3, and there was no answer, or
 * only a gateway's.
 */
export function isInDoubt({ status, code }: StoreError): boolean {
  if (status === undefined) return !NEVER_SENT.has(code);
  return (status >= 500 || status === 408) && isWithoutCode(code);
}

/** Whether the answer had no S3 error code. The SDK names a page that is not XML `Error`. */
function isWithoutCode(code: string): boolean {
  return /^Http\d+$/.test(code) || code === 'NotS3' || code === 'Error';
}
