import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { justBefore } from '../../../src/core/key.ts';
import type { KeyRange } from '../../../src/core/key-range.ts';
import { Store } from '../../../src/s3/store.ts';
import { useListing } from '../../support/listing.ts';
import { answer, useAnswers } from '../../support/raw-server.ts';

interface Page {
  readonly keys: readonly string[];
  /** `none` where there are more, and no token. */
  readonly next?: string;
}

/** A store that answers a listing by where it is to begin: a token, or the key before. */
async function useStore(t: TestContext, pages: Readonly<Record<string, Page>>): Promise<Store> {
  const server = await useAnswers(t, ({ line }, index) => {
    assert.ok(index < 20, 'it goes round in circles');
    const query = new URLSearchParams(line.split(' ')[1]?.split('?')[1]);
    const from = query.get('continuation-token') ?? query.get('start-after') ?? '';
    return answer(200, listOf(pages[from] ?? { keys: [] }));
  });
  const endpointUrl = `http://${server.origin.host}:${server.port}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const store = new Store({ bucket: 'b', endpointUrl, credentials });
  t.after(() => store.close());
  return store;
}

function listOf({ keys, next }: Page): string {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
  const token =
    next === undefined || next === 'none' ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`;
  return `<ListBucketResult><Name>b</Name><IsTruncated>${next !== undefined}</IsTruncated>${token}${contents}</ListBucketResult>`;
}

async function keysOf(store: Store, prefix = '', range?: KeyRange): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, range)) keys.push(key);
  return keys;
}

test('a store that unexpectedly lists in no order is listed to its end', async (t) => {
  const store = await useStore(t, {
    '': { keys: ['m', 'c', 'x'], next: 'T1' },
    T1: { keys: ['a', 'z'] },
    x: { keys: ['z'] },
  });
  assert.deepEqual(await keysOf(store), ['m', 'c', 'x', 'a', 'z']);
  assert.deepEqual(await keysOf(store), ['m', 'c', 'x', 'a', 'z']);
});

test('a listing that turns out to be unordered in the middle fails, since objects may be missing', async (t) => {
  const store = await useStore(t, { '': { keys: ['a', 'm'], next: 'T1' }, m: { keys: ['c', 'z'] } });
  await assert.rejects(keysOf(store), { name: 'StoreError', code: 'NotInOrder' });
});

test('a page without a key is not the end where the store says that there are more', async (t) => {
  const store = await useStore(t, {
    '': { keys: ['a'], next: 'T1' },
    a: { keys: [], next: 'T2' },
    T2: { keys: ['b'] },
  });
  assert.deepEqual(await keysOf(store), ['a', 'b']);
});

test('a store that begins anew with every page is not read for ever', async (t) => {
  const store = await useStore(t, { '': { keys: ['a'], next: 'T1' }, a: { keys: ['a'], next: 'T1' } });
  await assert.rejects(keysOf(store), { name: 'StoreError', code: 'NotInOrder' });
});

test('a missing token does not end the listing of a store that lists in no order', async (t) => {
  const store = await useStore(t, { '': { keys: ['b', 'a'], next: 'none' } });
  await assert.rejects(keysOf(store), { name: 'StoreError', code: 'ListingStuck' });
});

test('objects of a store that does not keep to the prefix are not listed', async (t) => {
  for (const pages of [
    { '': { keys: ['a/1', 'b/1', 'b/2', 'c/1'] } },
    { '': { keys: ['b/2', 'a/1', 'c/1', 'b/1'] } },
  ]) {
    const store = await useStore(t, pages);
    const keys: string[] = [];
    for await (const { key } of store.list('b/')) keys.push(key);
    assert.deepEqual(keys.sort(), ['b/1', 'b/2']);
  }
});

test('a range is listed from its first key to its end, and no page behind it', async (t) => {
  const numbers = Array.from({ length: 6_000 }, (_, n) => String(n).padStart(4, '0'));
  const { store, starts } = await useListing(t, ['a', ...numbers.map((n) => `p/${n}`), 'z']);
  const range = { from: '2500', to: '4100' };
  assert.deepEqual(
    await keysOf(store, 'p/', range),
    numbers.slice(2500, 4100).map((n) => `p/${n}`),
  );
  assert.equal(starts.length, 2);
  assert.deepEqual(await keysOf(store, 'p/', { to: '' }), []);
  assert.equal(starts.length, 2);
});

test('a range of a store that lists in no order is found by listing everything', async (t) => {
  const store = await useStore(t, {
    '': { keys: ['m', 'c', 'x'], next: 'T1' },
    [justBefore('c')]: { keys: ['m', 'c', 'x'], next: 'T1' },
    T1: { keys: ['a', 'p', 'n'] },
  });
  for (let times = 0; times < 2; times += 1)
    assert.deepEqual(await keysOf(store, '', { from: 'c', to: 'p' }), ['m', 'c', 'n']);
});
