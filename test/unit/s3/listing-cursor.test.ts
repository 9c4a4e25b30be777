import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListingCursor } from '../../../src/s3/listing-cursor.ts';
import type { ListedObject, ListPage } from '../../../src/s3/store.ts';
import { useListing } from '../../support/listing.ts';

const numbered = (count: number, prefix: string, digits = 6) =>
  Array.from({ length: count }, (_, number) => `${prefix}${String(number).padStart(digits, '0')}`);

async function answersTo(cursor: ListingCursor, keys: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const key of keys) {
    const found = await cursor.find(key);
    if (typeof found !== 'string') assert.equal(found.key, key);
    const what = typeof found === 'string' ? found : 'found';
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

const TREES: Readonly<Record<string, readonly string[]>> = {
  'in one folder': numbered(20_000, 'flat/'),
  'in a thousand folders': numbered(1_000, 'deep/').flatMap((folder) => numbered(20, `${folder}/`)),
  'with names that begin with one another': Array.from({ length: 20_000 }, (_, n) => `img-${n}`).sort(),
};
for (const [where, keys] of Object.entries(TREES)) {
  test(`20,000 keys ${where} take 20 listings`, async (t) => {
    const { store, starts } = await useListing(t, keys);
    assert.deepEqual(await answersTo(new ListingCursor(store, ''), keys), { found: 20_000 });
    assert.equal(starts.length, 20);
  });
}

test('no page is requested behind the end of the keys', async (t) => {
  const keys = numbered(5_000, 'k');
  const { store } = await useListing(t, keys);
  let requests = 0;
  const listPage: typeof store.listPage = (request) => {
    requests += 1;
    return store.listPage(request);
  };
  const cursor = new ListingCursor({ listPage }, '', 'k001500');
  assert.deepEqual(await answersTo(cursor, keys.slice(0, 1_500)), { found: 1_500 });
  assert.equal(requests, 2);
});

test('knows what is absent: before, between and behind what is there', async (t) => {
  const { store, starts } = await useListing(t, numbered(1_500, 'm'));
  const asked = ['a', 'm000000', 'm000000+', 'm001000', 'm001499', 'm0015', 'z', '\u{1f600}'];
  assert.deepEqual(await answersTo(new ListingCursor(store, ''), asked), { found: 3, absent: 5 });
  assert.equal(starts.length, 2);
});

test('skips objects whose files do not exist any more', async (t) => {
  const gone = numbered(5_500, 'gone/');
  const kept = [...numbered(3, 'a/'), ...numbered(3_000, 'z/')];
  const { store, starts } = await useListing(t, [...gone, ...kept]);
  assert.deepEqual(await answersTo(new ListingCursor(store, ''), kept), { found: 3_003 });
  assert.ok(starts.length <= 6, `${starts.length} listings`);
});

test('asks for no more than one page for eight keys where they lie far apart', async (t) => {
  const objects = numbered(60_000, '');
  const kept = objects.filter((_, index) => index % 2_000 === 0);
  const { store, starts } = await useListing(t, objects);
  const counts = await answersTo(new ListingCursor(store, ''), kept);
  assert.equal((counts.found ?? 0) + (counts.unknown ?? 0), 30);
  assert.ok(starts.length <= 8 + 30 / 8, `${starts.length} listings`);
});

test('keys in any order get right answers, or none', async (t) => {
  const keys = numbered(3_000, 'k');
  const { store, starts } = await useListing(t, keys);
  const shuffled = keys.map((_, index) => keys[(index * 1_009) % keys.length] ?? '');
  const counts = await answersTo(new ListingCursor(store, ''), shuffled);
  assert.equal((counts.found ?? 0) + (counts.unknown ?? 0), 3_000);
  assert.ok(starts.length <= 8 + 3_000 / 8, `${starts.length} listings`);
});

test('keys that are asked for at once share their pages', async (t) => {
  const keys = numbered(2_500, 'k');
  const { store, starts } = await useListing(t, keys);
  const cursor = new ListingCursor(store, '');
  const found = await Promise.all(keys.map((key) => cursor.find(key)));
  assert.deepEqual(
    found.map((object) => (typeof object === 'string' ? object : object.key)),
    keys,
  );
  assert.equal(starts.length, 3);
});

test('after a listing that failed a thousand keys pass before it is tried again', async (t) => {
  const keys = numbered(2_500, 'k');
  const { store } = await useListing(t, keys, (listing) => listing === 1);
  const { unknown = 0, found = 0 } = await answersTo(new ListingCursor(store, ''), keys);
  assert.ok(unknown >= 1_000 && unknown <= 1_010, `${unknown} are unknown`);
  assert.equal(unknown + found, 2_500);
});

for (const [what, page] of Object.entries<ListPage>({
  'are empty and say that there are more': { objects: [], truncated: true, next: 'T' },
  'begin at the first key again and again': { objects: [listed('a'), listed('b')], truncated: true },
  'are in no order': { objects: [listed('z'), listed('k000500')], truncated: true },
})) {
  test(`listings that ${what} answer nothing, and are not requested again and again`, async () => {
    let pages = 0;
    const listPage = async () => {
      pages += 1;
      return page;
    };
    const cursor = new ListingCursor({ listPage }, '');
    const keys = numbered(5_000, 'k');
    assert.deepEqual(await answersTo(cursor, keys), { unknown: 5_000 });
    assert.ok(pages <= 1 + 5_000 / 1_000, `${pages} pages`);
  });
}

function listed(key: string): ListedObject {
  return { key, size: 1, etag: undefined, lastModified: undefined, storageClass: undefined };
}
