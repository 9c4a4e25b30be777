import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { originOf } from '../../http/origin.ts';
import { isDirectoryBucket } from '../directory-bucket.ts';
import type { Endpoint } from '../signed-http/endpoint.ts';
import { sdkCredentialSource } from './sdk-credentials.ts';

/** The signature that the SDK's endpoint rules ask for. */
interface AuthScheme {
  readonly name: string;
  readonly signingName?: string;
  readonly signingRegion?: string;
}

interface ResolvedEndpoint {
  readonly url: URL;
  readonly headers?: object;
  readonly properties?: { readonly authSchemes?: readonly AuthScheme[] };
}

/**
 * Finds where the SDK would send a bucket's requests, by all that it knows: partitions, FIPS, dual stack,
 * AWS_ENDPOINT_URL, shared configuration. Nothing is sent.
 *
 * @returns undefined if a request needs more than SigV4 for `s3`: directory buckets, multi-region access points, ...
 * @throws an error of the SDK if it finds no region or no credentials
 */
export async function endpointFromSdk(client: S3Client, bucket: string): Promise<Endpoint | undefined> {
  // The SDK would ask for a session before it says where it goes.
  if (isDirectoryBucket(bucket)) return undefined;
  const { url, headers = {}, properties } = await resolved(client, bucket);
  const [scheme] = properties?.authSchemes ?? [];
  const needsHeaders = Object.keys(headers).length > 0;
  const isPlain = scheme?.name === 'sigv4' && scheme.signingName === 's3' && !needsHeaders;
  if (!isPlain) return undefined;
  return {
    origin: originOf(url),
    basePath: url.pathname.replace(/\/+$/, ''),
    region: scheme.signingRegion ?? (await client.config.region()),
    foundUrl: await configuredUrl(client),
    ...sdkCredentialSource(client),
  };
}

/** URL of the configured endpoint; undefined if the options name the endpoint, or nothing does. The SDK's types lack it. */
async function configuredUrl({ config }: S3Client): Promise<string | undefined> {
  const { isCustomEndpoint, serviceConfiguredEndpoint } = config as ConfiguredEndpoint;
  return isCustomEndpoint ? undefined : serviceConfiguredEndpoint?.();
}

interface ConfiguredEndpoint {
  readonly isCustomEndpoint?: boolean;
  readonly serviceConfiguredEndpoint?: () => Promise<string | undefined>;
}

/** Resolves the endpoint. The SDK does that on a request's way; this request is stopped before it is built. */
async function resolved(client: S3Client, bucket: string): Promise<ResolvedEndpoint> {
  const command = new HeadBucketCommand({ Bucket: bucket });
  let found: ResolvedEndpoint | undefined;
  command.middlewareStack.add(
    (_next, context) => async () => {
      found = context.endpointV2 as unknown as ResolvedEndpoint;
      return { output: { $metadata: {} }, response: {} };
    },
    { step: 'build', name: 'turnBack' },
  );
  await client.send(command);
  if (found === undefined) throw new Error('the SDK resolved no endpoint');
  return found;
}
