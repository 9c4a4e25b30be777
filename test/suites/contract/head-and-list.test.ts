import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownMetadata } from '../../../src/source/own-metadata.ts';
import { KMS } from './support/capabilities.ts';
import { type Bench, contract, useStore } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART, REAL_ENDPOINT, useTarget } from './support/target.ts';
import { md5Of, outcomeOf, partsEtagOf } from './support/truth.ts';

contract('head tells size and ETag of an object', {}, async ({ t, store }) => {
  const any = store();
  for (const [key, bytes] of [
    ['empty', ''],
    ['small', 'some bytes'],
  ] as const) {
    await any.upload(key, await useContent(t, bytes));
    const state = { size: bytes.length, etag: md5Of(bytes), versionId: undefined, checksums: {} };
    const { etagIsDigest, storageClass, metadata, ...told } = await any.head({ key });
    assert.deepEqual(told, state);
  }
  const large = bytesOfLength(PART + 1);
  await any.upload('large', await useContent(t, large));
  const { size, etag } = await any.head({ key: 'large' });
  assert.deepEqual([size, etag], [PART + 1, partsEtagOf(large)]);
});

contract(
  'head tells the metadata by names in lower case, with what the file was',
  {},
  async ({ t, store }) => {
    const any = store({ object: { metadata: { Office: 'Cologne', 'run-files': '3' } } });
    const content = await useContent(t, 'some bytes');
    await any.upload('key', content);
    const own = ownMetadata(content.identity);
    const { metadata } = await any.head({ key: 'key' });
    assert.deepEqual({ ...metadata }, { office: 'Cologne', 'run-files': '3', ...own });
  },
);

contract('head tells whether an ETag can be a digest', { needs: 'SSE-KMS' }, async ({ t, store }) => {
  await store().upload('plain', await useContent(t, 'some bytes'));
  await store({ object: KMS }).upload('encrypted', await useContent(t, 'some bytes'));
  const told = await Promise.all(['plain', 'encrypted'].map((key) => store().head({ key })));
  assert.deepEqual(
    told.map(({ etagIsDigest }) => etagIsDigest),
    [true, false],
  );
});

contract('head of an object that is not there fails with the status 404', {}, async ({ store }) => {
  const any = store();
  assert.equal(await outcomeOf(any.head({ key: 'not there' })), '404 NoSuchKey');
  assert.equal(await outcomeOf(any.head({ key: 'not/there/ä' })), '404 NoSuchKey');
});

contract(
  'head finds the version that is named, and no other',
  { needs: 'versions' },
  async ({ t, store }) => {
    const any = store();
    const first = await any.upload('key', await useContent(t, '1'));
    const second = await any.upload('key', await useContent(t, '22'));
    const at = (versionId?: string) => any.head({ key: 'key', versionId });
    assert.deepEqual(
      [(await at(first.versionId)).etag, (await at(second.versionId)).etag, (await at()).etag],
      [md5Of('1'), md5Of('22'), md5Of('22')],
    );
    assert.equal((await at(first.versionId)).versionId, first.versionId);
    assert.match(await outcomeOf(at('no-such-version')), /^(400|404) /);
  },
);

/** In the order of their UTF-8 bytes, which is not that of JavaScript's strings: 💾 is U+1F4BE, ﹏ is U+FE4F. */
const IN_ORDER = ['A', 'a', 'a b', 'a!', 'a+b', 'a-b', 'a.b', 'a/b', 'a//b', 'a0', 'ab', 'ä', '﹏', '💾'];
const BY_BYTES = [...IN_ORDER].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

contract('list yields every object below a prefix in the order of its UTF-8 bytes', {}, async (bench) => {
  const { store } = bench;
  await putAll(bench, [...IN_ORDER].reverse());
  const any = store();
  assert.deepEqual(await keysOf(any.list('')), BY_BYTES);
  assert.deepEqual(
    await keysOf(any.list('a')),
    BY_BYTES.filter((key) => key.startsWith('a')),
  );
  assert.deepEqual(await keysOf(any.list('a/')), ['a//b', 'a/b']);
  assert.deepEqual(await keysOf(any.list('not there/')), []);
});

contract('a page ends after so many keys, and the next begins after its last', {}, async (bench) => {
  const { store } = bench;
  await putAll(bench, IN_ORDER);
  const any = store();
  const pages: string[][] = [];
  for (let startAfter = '', more = true; more; ) {
    const { objects, truncated } = await any.listPage({ prefix: '', startAfter, maxKeys: 4 });
    pages.push(objects.map(({ key }) => key));
    startAfter = objects.at(-1)?.key ?? '';
    more = truncated;
  }
  assert.deepEqual(
    pages.map(({ length }) => length),
    [4, 4, 4, 2],
  );
  assert.deepEqual(pages.flat(), BY_BYTES);
});

contract('a page begins after a key that need not be there, and heeds the prefix', {}, async (bench) => {
  const { store } = bench;
  await putAll(bench, ['a/1', 'a/3', 'b/1', 'b/3', 'c/1']);
  const any = store();
  const page = async (prefix: string, startAfter: string) =>
    (await any.listPage({ prefix, startAfter })).objects.map(({ key }) => key);
  assert.deepEqual(await page('', 'a/2'), ['a/3', 'b/1', 'b/3', 'c/1']);
  assert.deepEqual(await page('b/', 'a/2'), ['b/1', 'b/3']);
  assert.deepEqual(await page('b/', 'b/1'), ['b/3']);
  assert.deepEqual(await page('b/', 'b/3'), []);
  assert.deepEqual(await page('b/', 'c/'), []);
});

contract('a page of exactly all keys is the last one', {}, async (bench) => {
  const { store } = bench;
  await putAll(bench, ['1', '2', '3']);
  const truncated = async (maxKeys: number) => (await store().listPage({ prefix: '', maxKeys })).truncated;
  assert.deepEqual(await Promise.all([1, 2, 3, 4].map(truncated)), [true, true, false, false]);
});

test('a listing of many pages is read to its end by each transport', async (t) => {
  const target = await useTarget(t, { pageLimit: 10 });
  const length = target.server ? 25 : 1005;
  const keys = Array.from({ length }, (_, n) => `folder ä/file+${String(n).padStart(4, '0')}.txt`);
  await putAll({ t, target }, keys);
  for (const transport of ['signed-http', 'sdk'] as const) {
    const store = useStore(t, target, transport);
    assert.deepEqual(await keysOf(store.list('folder ä/')), keys);
    // Where the order cannot be relied on, tokens lead from page to page.
    store.capabilities.listsInOrder = false;
    const some = keys.filter((key) => key.startsWith('folder ä/file+001'));
    assert.deepEqual(await keysOf(store.list('folder ä/file+001')), some);
    assert.deepEqual(await keysOf(store.list('')), keys);
  }
});

async function putAll({ t, target }: Pick<Bench, 't' | 'target'>, keys: readonly string[]): Promise<void> {
  const store = useStore(t, target, 'signed-http');
  const content = await useContent(t, 'x');
  await Promise.all(keys.map((key) => store.upload(key, content)));
}

async function keysOf(objects: AsyncIterable<{ key: string }>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of objects) keys.push(key);
  return keys;
}

contract('a listing tells how far the clock of the store is ahead at most', {}, async ({ store }) => {
  const any = store();
  assert.equal(any.clock.aheadAtMostMs, undefined);
  const start = Date.now();
  await any.listPage({ prefix: '' });
  const { aheadAtMostMs: ahead = Number.NaN } = any.clock;
  // A store on this machine is not ahead; its whole seconds and the time of the request make it look so.
  const least = REAL_ENDPOINT === undefined ? 0 : -300_000;
  const most = REAL_ENDPOINT === undefined ? Date.now() - start + 1_000 : 300_000;
  assert.ok(ahead > least && ahead <= most, `${ahead} ms`);
});
