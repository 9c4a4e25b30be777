import { BackupError } from '../../core/errors.ts';
import { type Origin, originOf } from '../../http/origin.ts';
import type { CredentialSource } from '../renewal.ts';
import type { StoreOptions } from '../store-types.ts';

/** Where a bucket's requests are sent, and the credentials that sign them. */
export interface Endpoint extends CredentialSource {
  readonly origin: Origin;
  /** Path before the key: `/bucket`, or '' if the bucket is in the host's name. */
  readonly basePath: string;
  /** Region that requests are signed for. */
  readonly region: string;
  /**
   * URL that the SDK found in the environment or in a profile, if the options name no endpoint; undefined for AWS
   * itself.
   */
  readonly foundUrl?: string | undefined;
}

/**
 * Pattern of plain bucket names: `--x-s3` is a directory bucket, `arn:` an access point, and both are signed
 * differently.
 */
const PLAIN_BUCKET = /^(?!.*--)[a-zA-Z0-9][a-zA-Z0-9._-]{1,254}$/;

/**
 * Finds the endpoint from the options alone, so that the SDK is not loaded; undefined if they do not suffice.
 *
 * @throws BackupError `BAD_OPTION` for an endpoint that is no URL
 */
export function endpointFromOptions(options: StoreOptions): Endpoint | undefined {
  const { endpointUrl, bucket, credentials, forcePathStyle = true, profile } = options;
  // A profile that is named may name the region.
  const region = options.region ?? (profile === undefined ? 'us-east-1' : undefined);
  if (endpointUrl === undefined || credentials === undefined || !forcePathStyle || region === undefined)
    return undefined;
  if (!PLAIN_BUCKET.test(bucket)) return undefined;
  const url = URL.canParse(endpointUrl) ? new URL(endpointUrl) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    const is = `endpointUrl is ${JSON.stringify(endpointUrl)}`;
    throw new BackupError('BAD_OPTION', `${is}; allowed are http:// and https:// URLs.`);
  }
  const basePath = `${url.pathname.replace(/\/+$/, '')}/${bucket}`;
  return { origin: originOf(url), basePath, region, credentials: () => credentials };
}
