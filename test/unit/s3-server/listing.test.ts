import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { TEST_BUCKET as Bucket, useS3Server } from '../../support/s3-server.ts';
import { outcomeOf, useClient } from './client.ts';

async function putAll(client: S3Client, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((Key) => client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))));
}

async function listAll(
  client: S3Client,
  input: Partial<ListObjectsV2CommandInput> = {},
): Promise<string[][]> {
  const pages: string[][] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket, ...input, ContinuationToken }));
    const names = [
      ...(page.Contents ?? []).map(({ Key }) => Key),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
    ];
    assert.equal(page.KeyCount, names.length);
    pages.push(names.map((name) => name ?? ''));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return pages;
}

test('keys are listed in the order of their UTF-8 bytes', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const keys = ['\u{1F600}', '\uFF5E', 'a/b', 'a', 'a b', 'Z', 'ä', 'a.b', '\uE000', '퟿'];
  await putAll(client, keys);
  const [listed] = await listAll(client);
  assert.deepEqual(
    listed,
    [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  );
});

test('pages join to the whole, while keys come and go', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const keys = Array.from({ length: 25 }, (_, i) => `k/${String(i).padStart(2, '0')}`);
  await putAll(client, keys.toReversed());
  assert.deepEqual(await listAll(client, { MaxKeys: 10 }), [
    keys.slice(0, 10),
    keys.slice(10, 20),
    keys.slice(20),
  ]);
  for (const Key of keys.slice(0, 20)) await client.send(new DeleteObjectCommand({ Bucket, Key }));
  await putAll(client, ['k/00', 'k/24x']);
  assert.deepEqual((await listAll(client)).flat(), ['k/00', ...keys.slice(20), 'k/24x']);
  assert.deepEqual((await listAll(client, { StartAfter: 'k/22' })).flat(), ['k/23', 'k/24', 'k/24x']);
  assert.deepEqual(await listAll(client, { MaxKeys: 0 }), [[]]);
});

test('a delimiter rolls keys up, once each, over pages', async (t) => {
  const client = useClient(t, await useS3Server(t));
  await putAll(client, ['d/a/1', 'd/a/2', 'd/b', 'd/c/1', 'd/c/2/3', 'e']);
  assert.deepEqual(await listAll(client, { Prefix: 'd/', Delimiter: '/' }), [['d/b', 'd/a/', 'd/c/']]);
  const single = await listAll(client, { Prefix: 'd/', Delimiter: '/', MaxKeys: 1 });
  assert.deepEqual(single, [['d/a/'], ['d/b'], ['d/c/']]);
  const v1 = await client.send(new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 1 }));
  assert.deepEqual([v1.CommonPrefixes, v1.NextMarker], [[{ Prefix: 'd/' }], 'd/']);
  const next = await client.send(new ListObjectsCommand({ Bucket, Delimiter: '/', Marker: v1.NextMarker }));
  assert.deepEqual([next.Contents?.map(({ Key }) => Key), next.IsTruncated], [['e'], false]);
});

test('odd keys are safe on disk and survive the listing', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  const keys = [
    '..',
    '.',
    '../../evil',
    '/lead',
    '//',
    'a//b',
    'trail/',
    ' ',
    'a\u0001\r\n\tb',
    'a&<>"\'b',
    'Case',
  ];
  keys.push(
    'case',
    'f',
    'f/g',
    'x'.repeat(1024),
    'ü'.repeat(512),
    '%41',
    '+',
    '\\',
    'a?b#c',
    '\u{1F600}',
    '\u0085',
  );
  for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: `of ${Key}` }));
  for (const Key of keys) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    assert.equal(await Body?.transformToString(), `of ${Key}`);
  }
  const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  assert.deepEqual((await listAll(client)).flat(), sorted);
  const { Contents, EncodingType } = await client.send(
    new ListObjectsV2Command({ Bucket, EncodingType: 'url' }),
  );
  const decoded = Contents?.map(({ Key }) => decodeURIComponent((Key ?? '').replaceAll('+', ' ')));
  assert.deepEqual([decoded, EncodingType], [sorted, 'url']);
  const long = client.send(new PutObjectCommand({ Bucket, Key: 'x'.repeat(1025), Body: 'x' }));
  assert.equal(await outcomeOf(long), '400 KeyTooLongError');
});

test('a page has no more entries than the endpoint allows, whatever is asked for', async (t) => {
  const client = useClient(t, await useS3Server(t, { pageLimit: 2 }));
  await putAll(client, ['a', 'b', 'c', 'd', 'e']);
  for (const MaxKeys of [undefined, 3, 1000]) {
    assert.deepEqual(await listAll(client, { MaxKeys }), [['a', 'b'], ['c', 'd'], ['e']]);
  }
});
