/** The signed-http transport uses the endpoint, region and credentials that the SDK finds by itself. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type EndpointOptions, Store } from '../../../src/s3/store.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { useTree } from '../../support/tree.ts';
import { useAwsEnvironment } from './support/aws-environment.ts';
import { TRANSPORTS, type TransportName } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { storeErrorOf } from './support/truth.ts';

const KEY = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'a/secret+key',
  sessionToken: 'a/token==',
};

for (const [transport, agent] of [
  ['signed-http', undefined],
  ['sdk', 'aws-sdk-js'],
] as const) {
  test(`keys and endpoint of the environment are used (${transport})`, async (t) => {
    const server = await useS3Server(t, { ...KEY, minPartBytes: PART });
    useAwsEnvironment(t, {
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey,
      AWS_SESSION_TOKEN: KEY.sessionToken,
    });
    const store = storeOf(t, transport);
    await store.upload('a key', await useContent(t, 'content'));
    await store.upload('large', await useContent(t, bytesOfLength(PART + 1)));
    assert.equal((await store.head({ key: 'a key' })).size, 7);
    assert.deepEqual(agentsIn(server.requests), [agent]);
  });

  test(`keys, region and endpoint of a profile are used (${transport})`, async (t) => {
    const server = await useS3Server(t, { ...KEY, region: 'eu-south-2' });
    const folder = useTree(t, {
      credentials: `[other]\naws_access_key_id = ${KEY.accessKeyId}\naws_secret_access_key = ${KEY.secretAccessKey}\naws_session_token = ${KEY.sessionToken}\n`,
      config: `[profile other]\nregion = eu-south-2\nendpoint_url = ${server.endpoint}\n`,
    });
    useAwsEnvironment(t, {
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_PROFILE: 'other',
    });
    const store = storeOf(t, transport);
    await store.upload('a key', await useContent(t, 'content'));
    assert.equal((await store.listPage({ prefix: '' })).objects.length, 1);
    assert.deepEqual(agentsIn(server.requests), [agent]);
    // It is no AWS: R2 and others refuse a checksum beside Content-MD5.
    assert.equal(store.endpointName, server.endpoint);
    const [put] = server.requests.of('PutObject');
    assert.deepEqual(
      [put?.headers['x-amz-checksum-crc32'], typeof put?.headers['content-md5']],
      [undefined, 'string'],
    );
  });

  for (const [what, profile, more] of [
    ['the profile', 'other', {}],
    ['the default profile', 'default', {}],
    ['a profile beside keys', 'other', { credentials: KEY, profile: 'other' }],
  ] as const) {
    test(`the region of ${what} counts beside an endpoint of the options (${transport})`, async (t) => {
      const server = await useS3Server(t, { ...KEY, region: 'eu-south-2' });
      const folder = useTree(t, {
        credentials: `[${profile}]\naws_access_key_id = ${KEY.accessKeyId}\naws_secret_access_key = ${KEY.secretAccessKey}\naws_session_token = ${KEY.sessionToken}\n`,
        config: `[${profile === 'default' ? '' : 'profile '}${profile}]\nregion = eu-south-2\n`,
      });
      useAwsEnvironment(t, {
        AWS_CONFIG_FILE: join(folder, 'config'),
        AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
        ...(profile !== 'default' && { AWS_PROFILE: profile }),
      });
      const store = storeOf(t, transport, { endpointUrl: server.endpoint, ...more });
      await store.upload('a key', await useContent(t, 'content'));
      assert.equal((await store.listPage({ prefix: '' })).objects.length, 1);
    });
  }

  test(`keys that are nowhere end with CredentialsProviderError (${transport})`, async (t) => {
    useAwsEnvironment(t, { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
    const { code } = await storeErrorOf(storeOf(t, transport).listPage({ prefix: '' }));
    assert.equal(code, 'CredentialsProviderError');
  });
}

function storeOf(t: TestContext, transport: TransportName, options: EndpointOptions = {}): Store {
  const own = { bucket: TEST_BUCKET, transport: TRANSPORTS[transport], partSizeBytes: PART };
  const store = new Store({ ...own, ...options });
  t.after(() => store.close());
  return store;
}

function agentsIn(
  requests: readonly { headers: Readonly<Record<string, string>> }[],
): (string | undefined)[] {
  return [...new Set(requests.map(({ headers }) => headers['user-agent']?.split('/')[0]))];
}
