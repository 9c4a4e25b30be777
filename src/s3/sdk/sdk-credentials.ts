import type { S3Client } from '@aws-sdk/client-s3';
import type { CredentialSource } from '../renewal.ts';
import type { Credentials } from '../store-types.ts';

/** The SDK remembers what it found until shortly before it expires, and asks anew when it is told to; its types know no telling. */
type Provider = (options?: { readonly forceRefresh: boolean }) => Promise<Credentials>;

/** Where a client's credentials come from: the options, or wherever the SDK finds them. */
export function sdkCredentialSource(client: S3Client): CredentialSource {
  const provider = client.config.credentials as Provider;
  return { credentials: () => provider(), renew: () => provider({ forceRefresh: true }) };
}
