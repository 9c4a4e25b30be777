import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestoreSelection, type RestoreSelectionOptions } from '../../../src/restore/selection.ts';
import { endsOf, useRestorePlace } from '../../support/restore.ts';

const headsOf = (options: RestoreSelectionOptions) => new RestoreSelection(options).pathPrefixes;

test('only what patterns can match is listed, and nothing twice', () => {
  assert.deepEqual(headsOf({}), ['']);
  assert.deepEqual(headsOf({ pattern: '/a/*.pdf' }), ['a/']);
  assert.deepEqual(headsOf({ pattern: ['/b/x', '/a/*.pdf', 'a/deep/file', 'a/*'] }), ['a/', 'b/x']);
  assert.deepEqual(headsOf({ pattern: ['/a/x', '*.pdf'] }), ['']);
  assert.deepEqual(headsOf({ include: ['/a/x', '/b/'], exclude: ['/a/'] }), ['a/x', 'b']);
  assert.deepEqual(headsOf({ pattern: '/a/', include: ['/b/x'] }), ['a']);
  const many = Array.from({ length: 1_000 }, (_, index) => `/photos/${index + 1_000}.jpg`);
  assert.deepEqual(headsOf({ pattern: many }), ['photos/1']);
});

test('several patterns cost one listing each, however the objects are found', async (t) => {
  const place = await useRestorePlace(t);
  for (const key of ['p/a/1', 'p/ab/2', 'p/b/3', 'p/c/4', 'p/a/skip']) await place.put(key, key);
  const options = { prefix: 'p', pattern: ['/a/', '/b/3'], exclude: ['skip'] };
  const wanted = { 'p/a/1': 'restored', 'p/b/3': 'restored' };
  const report = await place.restore(options);
  const done = Object.fromEntries(
    Object.entries(endsOf(report)).filter(([, end]) => !end.includes('EXCLUDED')),
  );
  assert.deepEqual(done, wanted);
  assert.deepEqual(Object.keys(place.content()), ['a/', 'a/1', 'b/', 'b/3']);
  const prefixes = place.server.requests
    .filter(({ operation }) => operation === 'ListObjectsV2')
    .map(({ query }) => query.prefix);
  assert.deepEqual([...new Set(prefixes)].sort(), ['p/', 'p/a', 'p/b/3']);
  const then = await place.restore({ ...options, versionAt: '2100-01-01' });
  assert.equal(then.counts.unchanged, 2);
});

test('patterns choose folders, too', async (t) => {
  const place = await useRestorePlace(t);
  for (const key of ['empty/', 'other/', 'empty/file']) await place.put(key, '');
  await place.restore({ include: ['/empty/'], exclude: ['file'] });
  assert.deepEqual(Object.keys(place.content()), ['empty/']);
});

test('patterns that matched nothing are reported', () => {
  const selection = new RestoreSelection({ pattern: ['a*', 'b', 'ab'], exclude: ['x', 'y'] });
  for (const path of ['ab', 'y', 'ab/y']) selection.whyNot({ kind: 'file', path });
  assert.deepEqual(selection.unmatched, { pattern: ['b'], exclude: ['x'] });
});
