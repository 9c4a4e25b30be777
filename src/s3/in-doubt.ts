import type { StoreError } from './store-error.ts';

/** Failures before anything of a request was sent. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'CredentialsProviderError',
  'ECONNREFUSED',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EndpointLost',
  'ProxyRefused',
]);

/**
 * Whether a request may have been done although it failed: it may have reached S3, and neither S3 nor anything else has
 * answered it, but perhaps a gateway that would not wait any longer.
 */
export function isInDoubt({ status, code }: StoreError): boolean {
  if (status === undefined) return !NEVER_SENT.has(code);
  return (status >= 500 || status === 408) && isWithoutCode(code);
}

/** Whether the answer had no code of S3's. `Error` is what the SDK says of a page that is no XML. */
function isWithoutCode(code: string): boolean {
  return /^Http\d+$/.test(code) || code === 'NotS3' || code === 'Error';
}
