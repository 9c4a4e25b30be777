import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { placeOf, ShardFolders } from '../../../src/plans/shard-folders.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { namesIn, useFolder } from '../../support/tree.ts';

test('a record that names paths outside the source removes no folder there', async (t) => {
  const folder = useFolder(t);
  for (const name of ['source/in', 'source/a', 'outside']) mkdirSync(join(folder, name), { recursive: true });
  const folders = new ShardFolders([sourceRoot(join(folder, 'source'))]);
  for (const path of ['../outside/x', 'a/../../outside/x', `${folder}/outside/x`, 'in/x', 'top'])
    folders.add(path);
  const removed: string[] = [];
  await folders.remove((path) => removed.push(path));
  assert.deepEqual([removed, namesIn(folder)], [['in'], ['outside', 'source', 'source/a']]);
});

test('the label of a path tells its source', (t) => {
  const folder = useFolder(t);
  const roots = ['a/', 'b/c/'].map((label) => ({ ...sourceRoot(folder), label }));
  assert.deepEqual(placeOf(roots, 'b/c/d/e'), { root: roots[1], path: 'd/e' });
  assert.equal(placeOf(roots, 'x/y'), undefined);
});
