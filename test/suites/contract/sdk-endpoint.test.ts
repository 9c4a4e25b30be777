/** The signed-http transport sends its requests where the SDK would send them. These tests send nothing. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { openNetwork } from '../../../src/http/network.ts';
import { hostHeader } from '../../../src/http/origin.ts';
import { createClient } from '../../../src/s3/sdk/client.ts';
import { endpointFromSdk } from '../../../src/s3/sdk/sdk-endpoint.ts';
import type { EndpointOptions } from '../../../src/s3/store.ts';
import { KEYS, useAwsEnvironment } from './support/aws-environment.ts';

interface Case {
  readonly bucket?: string;
  readonly options?: EndpointOptions;
  readonly env?: Readonly<Record<string, string>>;
  /** Where both put the key `key`, and the region that is signed for. */
  readonly sent: string;
}

const US_WEST_2 = { region: 'us-west-2' };

const PLAIN: Readonly<Record<string, Case>> = {
  'us-east-1': {
    options: { region: 'us-east-1' },
    sent: 'https://my-bucket.s3.us-east-1.amazonaws.com/key us-east-1',
  },
  'eu-central-1': {
    options: { region: 'eu-central-1' },
    sent: 'https://my-bucket.s3.eu-central-1.amazonaws.com/key eu-central-1',
  },
  China: {
    options: { region: 'cn-north-1' },
    sent: 'https://my-bucket.s3.cn-north-1.amazonaws.com.cn/key cn-north-1',
  },
  GovCloud: {
    options: { region: 'us-gov-west-1' },
    sent: 'https://my-bucket.s3.us-gov-west-1.amazonaws.com/key us-gov-west-1',
  },
  'the region of the environment': {
    env: { AWS_REGION: 'ap-south-1' },
    sent: 'https://my-bucket.s3.ap-south-1.amazonaws.com/key ap-south-1',
  },
  'the region aws-global': {
    options: { region: 'aws-global' },
    sent: 'https://my-bucket.s3.amazonaws.com/key us-east-1',
  },
  'a bucket with dots': {
    bucket: 'my.bucket.name',
    options: US_WEST_2,
    sent: 'https://s3.us-west-2.amazonaws.com/my.bucket.name/key us-west-2',
  },
  'a bucket with capitals': {
    bucket: 'My_Bucket',
    options: US_WEST_2,
    sent: 'https://s3.us-west-2.amazonaws.com/My_Bucket/key us-west-2',
  },
  'path style': {
    options: { ...US_WEST_2, forcePathStyle: true },
    sent: 'https://s3.us-west-2.amazonaws.com/my-bucket/key us-west-2',
  },
  FIPS: {
    options: US_WEST_2,
    env: { AWS_USE_FIPS_ENDPOINT: 'true' },
    sent: 'https://my-bucket.s3-fips.us-west-2.amazonaws.com/key us-west-2',
  },
  'dual stack': {
    options: US_WEST_2,
    env: { AWS_USE_DUALSTACK_ENDPOINT: 'true' },
    sent: 'https://my-bucket.s3.dualstack.us-west-2.amazonaws.com/key us-west-2',
  },
  'FIPS and dual stack': {
    options: US_WEST_2,
    env: { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
    sent: 'https://my-bucket.s3-fips.dualstack.us-west-2.amazonaws.com/key us-west-2',
  },
  AWS_ENDPOINT_URL: {
    options: US_WEST_2,
    env: { AWS_ENDPOINT_URL: 'https://s3.example.com/' },
    sent: 'https://my-bucket.s3.example.com/key us-west-2',
  },
  'AWS_ENDPOINT_URL with port and path': {
    options: US_WEST_2,
    env: { AWS_ENDPOINT_URL: 'http://s3.example.com:9000/some/path' },
    sent: 'http://my-bucket.s3.example.com:9000/some/path/key us-west-2',
  },
  'AWS_ENDPOINT_URL with an address of four bytes': {
    options: US_WEST_2,
    env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9000' },
    sent: 'http://127.0.0.1:9000/my-bucket/key us-west-2',
  },
  'AWS_ENDPOINT_URL with an address of sixteen bytes': {
    options: US_WEST_2,
    env: { AWS_ENDPOINT_URL: 'http://[::1]:9000' },
    sent: 'http://[::1]:9000/my-bucket/key us-west-2',
  },
  'AWS_ENDPOINT_URL_S3 before AWS_ENDPOINT_URL': {
    options: US_WEST_2,
    env: { AWS_ENDPOINT_URL: 'https://other.example.com', AWS_ENDPOINT_URL_S3: 'https://s3.example.com' },
    sent: 'https://my-bucket.s3.example.com/key us-west-2',
  },
  'an endpoint URL and the bucket in the host': {
    options: { endpointUrl: 'https://s3.example.com', forcePathStyle: false },
    sent: 'https://my-bucket.s3.example.com/key us-east-1',
  },
  'an access point': {
    bucket: 'arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap',
    options: US_WEST_2,
    sent: 'https://my-ap-123456789012.s3-accesspoint.us-west-2.amazonaws.com/key us-west-2',
  },
  'an access point in another region': {
    bucket: 'arn:aws:s3:eu-west-1:123456789012:accesspoint/my-ap',
    options: US_WEST_2,
    sent: 'https://my-ap-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/key eu-west-1',
  },
  "an access point's alias": {
    bucket: 'my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias',
    options: US_WEST_2,
    sent: 'https://my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias.s3.us-west-2.amazonaws.com/key us-west-2',
  },
};

/** Where more is needed than SigV4 for `s3`. */
const NOT_PLAIN: Readonly<Record<string, string>> = {
  'a directory bucket': 'my-bucket--usw2-az1--x-s3',
  'a multi-region access point': 'arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap',
  'an Object Lambda access point': 'arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/my-olap',
  'an access point on Outposts':
    'arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/accesspoint/my-ap',
};

for (const [what, { bucket = 'my-bucket', options = {}, env = {}, sent }] of Object.entries(PLAIN)) {
  test(`with ${what} signed-http requests go where the SDK's go`, async (t) => {
    useAwsEnvironment(t, { ...KEYS, ...env });
    const { client, requests } = useClient(t, options);
    assert.equal(await addressOf(client, bucket), sent);
    assert.deepEqual(requests, [], 'nothing may be sent to find that out');
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'key', Body: 'x' })).catch(() => undefined);
    assert.deepEqual(requests, [sent]);
  });
}

for (const [what, bucket] of Object.entries(NOT_PLAIN)) {
  test(`${what} is left to the SDK, and nothing is sent to find that out`, async (t) => {
    useAwsEnvironment(t, KEYS);
    const { client, requests } = useClient(t, US_WEST_2);
    const address = await addressOf(client, bucket).catch((error: Error) => `failed: ${error.message}`);
    assert.deepEqual([address, requests], [undefined, []]);
  });
}

test('without a region that is what is said', async (t) => {
  useAwsEnvironment(t, KEYS);
  const { client } = useClient(t, {});
  await assert.rejects(endpointFromSdk(client, 'my-bucket'), /Region is missing/);
});

test('without credentials that is what is said', async (t) => {
  useAwsEnvironment(t, {});
  const { client } = useClient(t, US_WEST_2);
  await assert.rejects(endpointFromSdk(client, 'my-bucket'), { name: 'CredentialsProviderError' });
});

/** Where the signed-http transport would put the key `key`. */
async function addressOf(client: S3Client, bucket: string): Promise<string | undefined> {
  const endpoint = await endpointFromSdk(client, bucket);
  if (endpoint === undefined) return undefined;
  const { origin, basePath, region } = endpoint;
  const credentials = await endpoint.credentials();
  assert.equal(credentials.accessKeyId, KEYS.AWS_ACCESS_KEY_ID);
  return `http${origin.secure ? 's' : ''}://${hostHeader(origin)}${basePath}/key ${region}`;
}

interface SdkRequest {
  readonly protocol: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A client of which no request leaves this process; they are kept by where they would have gone. */
function useClient(t: TestContext, options: EndpointOptions) {
  const client = createClient({ maxAttempts: 1, ...options }, openNetwork({ proxies: {} }));
  t.after(() => client.destroy());
  const requests: string[] = [];
  client.config.requestHandler = {
    ...client.config.requestHandler,
    handle: async ({ protocol, path, headers }: SdkRequest) => {
      const region = /Credential=[^/]*\/\d+\/([^/]*)\//.exec(headers.authorization ?? '')?.[1];
      requests.push(`${protocol}//${headers.host}${path} ${region}`);
      throw new Error('not sent');
    },
  } as unknown as typeof client.config.requestHandler;
  return { client, requests };
}
