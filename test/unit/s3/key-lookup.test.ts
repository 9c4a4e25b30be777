import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { KeyLookup } from '../../../src/s3/key-lookup.ts';
import { Store, type StoreOptions } from '../../../src/s3/store.ts';
import type { S3Server, S3ServerOptions } from '../../../src/s3-server/index.ts';
import { useBucketClient } from '../../support/bucket.ts';
import { answer, useAnswers } from '../../support/raw-server.ts';
import { optionsFor } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';

async function useObjects(
  t: TestContext,
  keys: string[],
  options: Partial<S3ServerOptions> = {},
): Promise<{ server: S3Server; store: Store }> {
  const server = await useS3Server(t, options);
  const client = useBucketClient(t, server);
  await Promise.all(
    keys.map((Key) => client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key, Body: Key }))),
  );
  server.requests.clear();
  const { bucket, endpointUrl, region, credentials } = optionsFor(server, '/');
  const store = new Store({ bucket, endpointUrl, region, credentials });
  t.after(() => store.close());
  return { server, store };
}

const numbered = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, number) => `${prefix}${String(number).padStart(4, '0')}`);

test('finds sizes of many keys, odd ones too, and what is absent, with one listing', async (t) => {
  const keys = [
    'p/a b+c%',
    'p/new\nline',
    'p/tab\t',
    'p/<&">',
    'p/\u{1f600}',
    'p/\uff5e',
    ...numbered(50, 'p/f'),
  ];
  const { server, store } = await useObjects(t, keys);
  const lookup = new KeyLookup(store, 'p/', 1000);
  const asked = [...keys, 'p/none', 'p/zzz'];
  const found = await Promise.all(asked.map((key) => lookup.find(key)));
  const sizes = found.map((object) => (typeof object === 'string' ? object : object.size));
  assert.deepEqual(sizes, [...keys.map((key) => Buffer.byteLength(key)), 'absent', 'absent']);
  assert.equal(server.requests.of('ListObjectsV2').length, 1);
});

test('does not page through a bucket in which its keys lie far apart', async (t) => {
  const crowd = numbered(11, 'm');
  const keys = ['a1', 'a2', 'a3', ...numbered(7, 'z')];
  const { server, store } = await useObjects(t, [...crowd, ...keys], { pageLimit: 10 });
  const lookup = new KeyLookup(store, '', 1000);
  const found = await Promise.all(keys.map((key) => lookup.find(key)));
  assert.equal(found.filter((object) => object === 'unknown').length, 7);
  assert.equal(server.requests.of('ListObjectsV2').length, 1);
});

test('a few keys are not worth a listing', async (t) => {
  const { server, store } = await useObjects(t, ['a']);
  assert.equal(await new KeyLookup(store, '', 1000).find('a'), 'unknown');
  assert.equal(server.requests.of('ListObjectsV2').length, 0);
});

test('a listing that fails fails every key of its batch', async (t) => {
  const { server, store } = await useObjects(t, []);
  server.faults.plan({
    operation: 'ListObjectsV2',
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  const lookup = new KeyLookup(store, '', 1000);
  const results = await Promise.allSettled(numbered(20, 'k').map((key) => lookup.find(key)));
  assert.deepEqual([...new Set(results.map(({ status }) => status))], ['rejected']);
});

for (const [what, order] of Object.entries({
  'out of order': (keys: readonly string[]) => [...keys].reverse(),
  // U+1F600 is two units of UTF-16, of which each is less than U+FF5E.
  'in the order of UTF-16': (keys: readonly string[]) => [...keys].sort(),
})) {
  test(`a store that lists ${what} is asked for each key alone from then on`, async (t) => {
    const keys = [...numbered(10, 'k'), '\uff5e', '\u{1f600}'];
    const server = await useAnswers(t, () => Buffer.from(answer(200, listOf(order(keys), true))));
    const store = useRawStore(t, server);
    for (const lookup of [new KeyLookup(store, '', 1000), new KeyLookup(store, '', 1000)]) {
      const found = await Promise.all(keys.map((key) => lookup.find(key)));
      assert.deepEqual(new Set(found), new Set(['unknown']));
    }
    assert.equal(server.requests.length, 1);
  });
}

test('a page that begins before the requested position does not show which keys are absent', async (t) => {
  const server = await useAnswers(t, () => answer(200, listOf(numbered(10, 'a'), true)));
  const lookup = new KeyLookup(useRawStore(t, server), '', 1000);
  const found = await Promise.all(numbered(10, 'k').map((key) => lookup.find(key)));
  assert.deepEqual(new Set(found), new Set(['unknown']));
});

const UNORDERED: Readonly<Record<string, Partial<StoreOptions>>> = {
  'a directory bucket': { bucket: 'bucket--use1-az4--x-s3' },
  'Storj, which lists by encrypted keys,': { endpointUrl: 'https://gateway.storjshare.io' },
};

for (const [what, options] of Object.entries(UNORDERED)) {
  test(`${what} is never listed`, async (t) => {
    const server = await useAnswers(t, () => answer(500));
    const lookup = new KeyLookup(useRawStore(t, server, options), '', 1000);
    const found = await Promise.all(numbered(10, 'k').map((key) => lookup.find(key)));
    assert.deepEqual([new Set(found), server.requests.length], [new Set(['unknown']), 0]);
  });
}

function useRawStore(
  t: TestContext,
  { port }: { readonly port: number },
  more: Partial<StoreOptions> = {},
): Store {
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const store = new Store({
    bucket: 'bucket',
    endpointUrl: `http://127.0.0.1:${port}`,
    credentials,
    ...more,
  });
  t.after(() => store.close());
  return store;
}

function listOf(keys: readonly string[], truncated: boolean): string {
  const objects = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
  return `<ListBucketResult><Name>b</Name><IsTruncated>${truncated}</IsTruncated>${objects}</ListBucketResult>`;
}
