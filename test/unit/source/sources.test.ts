import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { sourceRoots } from '../../../src/source/sources.ts';
import { useTree } from '../../support/tree.ts';

test('several folders have the names of their folders, or other prefixes, before their paths', (t) => {
  const root = useTree(t, { 'a/photos/': '', 'b/docs/': '' });
  const roots = sourceRoots([
    { folder: join(root, 'a/photos') },
    { folder: join(root, 'b/docs'), prefix: '/old/papers/' },
  ]);
  assert.deepEqual(
    roots.map(({ label }) => label),
    ['photos/', 'old/papers/'],
  );
  assert.equal(sourceRoots(join(root, 'a'))[0].label, undefined);
});

for (const [what, one, other, message] of [
  ['the same name', { folder: 'a/x' }, { folder: 'b/x' }, /have the prefixes x\/ and x\//],
  ['names that a disk may fold', { folder: 'a/x' }, { folder: 'b/X' }, /have the prefixes x\/ and X\//],
  [
    'one prefix in the other',
    { folder: 'a/x' },
    { folder: 'b/y', prefix: 'x/y' },
    /one begins with the other/,
  ],
  [
    'one folder in the other',
    { folder: 'a', prefix: 'p' },
    { folder: 'a/x', prefix: 'q' },
    /one contains the other/,
  ],
  [
    'the same folder',
    { folder: 'a/x', prefix: 'p' },
    { folder: 'a/./x', prefix: 'q' },
    /one contains the other/,
  ],
  [
    'a prefix that leaves the folder',
    { folder: 'a/x', prefix: '../p' },
    { folder: 'b/x' },
    /is not a valid path/,
  ],
  ['an empty prefix', { folder: 'a/x', prefix: '/' }, { folder: 'b/x' }, /has no name of its own/],
  ['the prefix of manifests', { folder: 'a/x', prefix: '.s3-backup' }, { folder: 'b/x' }, /is reserved/],
] as const) {
  test(`two sources are refused: ${what}`, (t) => {
    const root = useTree(t, { 'a/x/': '', 'b/x/': '', 'b/X/': '', 'b/y/': '' });
    const sources = [one, other].map((source) => ({ ...source, folder: join(root, source.folder) }));
    assert.throws(() => sourceRoots(sources), { code: 'BAD_OPTION', message });
  });
}

test('no source, and one that is missing among others, are refused', (t) => {
  assert.throws(() => sourceRoots([]), { code: 'BAD_OPTION' });
  const folder = useTree(t, {});
  assert.throws(() => sourceRoots([{ folder }, { folder: join(folder, 'missing') }]), {
    code: 'SOURCE_NOT_FOUND',
  });
});
