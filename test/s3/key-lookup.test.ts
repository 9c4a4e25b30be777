import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { KeyLookup } from '../../src/s3/key-lookup.ts';
import { Store } from '../../src/s3/store.ts';
import type { S3Server } from '../../src/s3-server/index.ts';
import { useBucketClient } from '../support/bucket.ts';
import { optionsFor } from '../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../support/s3-server.ts';

async function useObjects(t: TestContext, keys: string[]): Promise<{ server: S3Server; store: Store }> {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  await Promise.all(
    keys.map((Key) => client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key, Body: Key }))),
  );
  server.requests.clear();
  const store = new Store(optionsFor(server, '/'));
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
  const crowd = numbered(2500, 'm');
  const keys = ['a1', 'a2', 'a3', ...numbered(7, 'z')];
  const { server, store } = await useObjects(t, [...crowd, ...keys]);
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
