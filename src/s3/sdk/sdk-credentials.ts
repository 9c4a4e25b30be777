import type { S3Client } from '@aws-sdk/client-s3';
import type { CredentialSource } from '../renewal.ts';
import type { Credentials } from '../store-types.ts';

/**
 * A credential provider of the SDK. It caches credentials until shortly before they expire, and asks its source again
 * with `forceRefresh`, which its types lack.
 */
type Provider = (options?: { readonly forceRefresh: boolean }) => Promise<Credentials>;

/** Source of a client's credentials: the options, or the places where the SDK looks them up. */
export function sdkCredentialSource(client: S3Client): CredentialSource {
  const provider = client.config.credentials as Provider;
  return { credentials: () => provider(), renew: () => provider({ forceRefresh: true }) };
}
