/** Both transports go through proxies, and trust whom they are told to trust. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Store, type StoreOptions } from '../../../src/s3/store.ts';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { useCertificate } from '../../support/certificate.ts';
import { useProxy } from '../../support/proxy.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { useTlsBefore } from '../../support/secure-s3.ts';
import { useFolder } from '../../support/tree.ts';
import { useAwsEnvironment } from './support/aws-environment.ts';
import { TRANSPORTS, type TransportName } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { storeErrorOf } from './support/truth.ts';

const CREDENTIALS = 'user:p@ss:word';
const USER = 'user:p%40ss%3Aword@';

interface World {
  readonly server: S3Server;
  readonly endpointUrl: string;
  readonly certificate: ReturnType<typeof useCertificate>;
  /** A store that knows the certificate, which is the endpoint's and can be a proxy's. */
  readonly store: (more: Partial<StoreOptions>) => Store;
}

async function useWorld(t: TestContext, transport: TransportName, scheme: 'http' | 'https'): Promise<World> {
  // What is random of the wait before another try is no wait then.
  t.mock.method(Math, 'random', () => 0);
  const server = await useS3Server(t, { minPartBytes: PART });
  const certificate = useCertificate(t, 'IP:127.0.0.1');
  const endpointUrl = scheme === 'https' ? await useTlsBefore(t, server, certificate) : server.endpoint;
  const { accessKeyId, secretAccessKey, region } = server;
  const options: StoreOptions = {
    bucket: TEST_BUCKET,
    endpointUrl,
    caBundle: certificate.file,
    region,
    credentials: { accessKeyId, secretAccessKey },
    transport: TRANSPORTS[transport],
    partSizeBytes: PART,
    maxAttempts: 3,
    proxies: {},
  };
  const store = (more: Partial<StoreOptions>) => {
    const made = new Store({ ...options, ...more });
    t.after(() => made.close());
    return made;
  };
  return { server, endpointUrl, certificate, store };
}

/** A small object, one in parts, a listing, a HEAD and a download. */
async function useAll(t: TestContext, store: Store): Promise<void> {
  await store.upload('a key', await useContent(t, 'content'));
  await store.upload('large', await useContent(t, bytesOfLength(2 * PART + 1)));
  const { objects } = await store.listPage({ prefix: '' });
  assert.deepEqual(
    objects.map(({ size }) => size),
    [7, 2 * PART + 1],
  );
  assert.equal((await store.head({ key: 'a key' })).size, 7);
  assert.equal((await store.download({ key: 'large' }, undefined)).size, 2 * PART + 1);
}

for (const transport of Object.keys(TRANSPORTS) as TransportName[]) {
  for (const spoken of ['http', 'https'] as const) {
    test(`https goes through tunnels of an ${spoken} proxy, with its user (${transport})`, async (t) => {
      const { store, server, endpointUrl, certificate } = await useWorld(t, transport, 'https');
      const tls = spoken === 'https' ? { tls: certificate } : {};
      const proxy = await useProxy(t, { credentials: CREDENTIALS, ...tls });
      const HTTPS_PROXY = `${spoken}://${USER}${proxy.address}`;
      await useAll(t, store({ proxies: { HTTPS_PROXY, HTTP_PROXY: 'nowhere.invalid' } }));
      assert.deepEqual([...new Set(proxy.asked)], [`CONNECT ${new URL(endpointUrl).host}`]);
      assert.ok(proxy.asked.length < server.requests.length, 'connections are kept');
    });

    test(`http is passed on by an ${spoken} proxy, with its user (${transport})`, async (t) => {
      const { store, server, endpointUrl, certificate } = await useWorld(t, transport, 'http');
      const tls = spoken === 'https' ? { tls: certificate } : {};
      const proxy = await useProxy(t, { credentials: CREDENTIALS, ...tls });
      const HTTP_PROXY = `${spoken}://${USER}${proxy.address}`;
      await useAll(t, store({ proxies: { HTTP_PROXY, HTTPS_PROXY: HTTP_PROXY } }));
      assert.equal(proxy.asked.length, server.requests.length);
      for (const asked of proxy.asked) assert.ok(asked.includes(` ${endpointUrl}/${TEST_BUCKET}`), asked);
    });
  }

  for (const scheme of ['http', 'https'] as const) {
    const variable = scheme === 'https' ? 'HTTPS_PROXY' : 'HTTP_PROXY';

    test(`a proxy that wants other credentials is ProxyRefused, at once (${scheme}, ${transport})`, async (t) => {
      const { store } = await useWorld(t, transport, scheme);
      const proxy = await useProxy(t, { credentials: CREDENTIALS });
      const proxies = { [variable]: `http://user:wrong-secret@${proxy.address}` };
      const { code, message } = await storeErrorOf(store({ proxies }).listPage({ prefix: '' }));
      assert.equal(code, 'ProxyRefused');
      assert.match(message, /407/);
      assert.doesNotMatch(message, /wrong-secret/);
      assert.equal(proxy.asked.length, 1);
    });

    test(`a proxy that cannot reach the endpoint is asked again (${scheme}, ${transport})`, async (t) => {
      const { store } = await useWorld(t, transport, scheme);
      const proxy = await useProxy(t, { refusals: [502, 503] });
      const proxies = { [variable]: proxy.address };
      assert.deepEqual((await store({ proxies }).listPage({ prefix: '' })).objects, []);
      assert.equal(proxy.asked.length, 3);
    });

    test(`what NO_PROXY names is reached without the proxy (${scheme}, ${transport})`, async (t) => {
      const { store } = await useWorld(t, transport, scheme);
      const proxy = await useProxy(t);
      const proxies = { [variable]: proxy.address, NO_PROXY: '127.0.0.0/8' };
      assert.deepEqual((await store({ proxies }).listPage({ prefix: '' })).objects, []);
      assert.deepEqual(proxy.asked, []);
    });
  }

  test(`a tunnel that is not opened for good is ProxyRefused (${transport})`, async (t) => {
    const { store } = await useWorld(t, transport, 'https');
    const proxy = await useProxy(t, { refusals: [403, 403, 403] });
    const proxies = { HTTPS_PROXY: proxy.address };
    const { code, message } = await storeErrorOf(store({ proxies }).listPage({ prefix: '' }));
    assert.equal(code, 'ProxyRefused');
    assert.match(message, /the proxy answered 403 to CONNECT 127\.0\.0\.1:\d+/);
    assert.equal(proxy.asked.length, 1);
  });

  test(`a certificate that neither Node.js nor the CA bundle knows is refused (${transport})`, async (t) => {
    const { store } = await useWorld(t, transport, 'https');
    const other = useCertificate(t, 'IP:127.0.0.1').file;
    for (const caBundle of [undefined, other]) {
      const { code } = await storeErrorOf(store({ caBundle, maxAttempts: 1 }).listPage({ prefix: '' }));
      assert.equal(code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
    }
  });

  test(`NODE_TLS_REJECT_UNAUTHORIZED=0 turns nothing off (${transport})`, async (t) => {
    const { store } = await useWorld(t, transport, 'https');
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    t.after(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
    const { code } = await storeErrorOf(
      store({ caBundle: undefined, maxAttempts: 1 }).listPage({ prefix: '' }),
    );
    assert.equal(code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  });
}

test('a CA bundle can hold many certificates and text around them', async (t) => {
  const { store, certificate } = await useWorld(t, 'signed-http', 'https');
  const caBundle = join(useFolder(t), 'bundle.pem');
  const other = useCertificate(t, 'DNS:other');
  writeFileSync(caBundle, `# Our CAs\n${other.cert}\nsubject=CN=test\n${certificate.cert}`);
  assert.deepEqual((await store({ caBundle }).listPage({ prefix: '' })).objects, []);
});

test('a role is asked for through the proxy, too', async (t) => {
  const token = join(useFolder(t), 'token');
  writeFileSync(token, 'a.web.token');
  useAwsEnvironment(t, {
    AWS_REGION: 'eu-south-2',
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/backup',
    AWS_WEB_IDENTITY_TOKEN_FILE: token,
  });
  const proxy = await useProxy(t, { refusals: Array(9).fill(403) });
  const store = new Store({ bucket: TEST_BUCKET, proxies: { HTTPS_PROXY: proxy.address } });
  t.after(() => store.close());
  assert.match((await storeErrorOf(store.listPage({ prefix: '' }))).message, /the proxy answered 403/);
  assert.deepEqual([...new Set(proxy.asked)], ['CONNECT sts.eu-south-2.amazonaws.com:443']);
});
