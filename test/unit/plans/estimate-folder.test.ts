import assert from 'node:assert/strict';
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { estimateFolder } from '../../../src/plans/estimate-folder.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { asNobody } from '../../support/nobody.ts';
import { useTree } from '../../support/tree.ts';

const every = () => true;

test('folders that are alike are estimated exactly, whichever of them is looked at', async (t) => {
  const files = Array.from({ length: 5 * 4 * 3 }, (_, n) => [
    `d/${n % 5}/${n % 4}/${n}`,
    `d/${n % 5}/own`,
  ]).flat();
  const source = useTree(t, Object.fromEntries(files.map((path) => [path, ''])));
  assert.equal(await estimateFolder(sourceRoot(source), 'd', every), 65);
});

test('links, and folders that a run does not enter, do not count', async (t) => {
  const source = useTree(t, { 'd/in/1': '', 'd/in/2': '', 'd/out/3': '', 'd/4': '' });
  symlinkSync('..', join(source, 'd/link'));
  assert.equal(await estimateFolder(sourceRoot(source), 'd', (path) => path !== 'd/out'), 3);
});

test('a folder that cannot be listed counts as empty', async (t) => {
  const source = useTree(t, { 'd/1': '', 'd/locked/2': '' });
  chmodSync(join(source, 'd/locked'), 0o000);
  assert.equal(await asNobody(() => estimateFolder(sourceRoot(source), 'd', every)), 1);
});
