import assert from 'node:assert/strict';
import { closeSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sourceRoot } from '../../../src/source/root.ts';
import { SourceFile } from '../../../src/source/source-file.ts';
import { openSourceFolder } from '../../../src/source/source-folder.ts';
import { openBelow } from '../../support/descriptors.ts';
import { useTree } from '../../support/tree.ts';

/** Paths of the folders that are open below one, each once for every descriptor. */
function openFoldersBelow(source: string): string[] {
  return openBelow(source).filter((path) => !path.endsWith('file') && !path.includes('file-'));
}

test('files of one folder share its descriptor, whichever is closed first', (t) => {
  const names = ['file-0', 'file-1', 'file-2', 'file-3'];
  const orders = [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [1, 3, 0, 2],
  ];
  for (const order of orders) {
    const source = useTree(t, Object.fromEntries(names.map((name) => [`a/b/${name}`, name])));
    const root = sourceRoot(source);
    const files = names.map((name) => SourceFile.open({ root, path: `a/b/${name}` }));
    assert.deepEqual(openFoldersBelow(source), [join(source, 'a/b')]);
    for (const [position, index] of order.entries()) {
      for (const left of order.slice(position)) {
        const file = files[left] as SourceFile;
        assert.equal(file.identityUnderName()?.ino, file.identity.ino);
      }
      files[index]?.close();
      files[index]?.close();
      assert.equal(openBelow(source).length, position === 3 ? 0 : 4 - position);
    }
    // And it can be opened anew.
    SourceFile.open({ root, path: 'a/b/file-0' }).close();
    assert.deepEqual(openBelow(source), []);
  }
});

test('a folder that was opened itself is closed separately from the files in it', (t) => {
  const source = useTree(t, { 'a/file': 'x' });
  const root = sourceRoot(source);
  const folder = openSourceFolder(root, 'a');
  const file = SourceFile.open({ root, path: 'a/file' });
  folder.close();
  assert.equal(file.identityUnderName()?.ino, file.identity.ino);
  file.close();
  assert.deepEqual(openBelow(source), []);
});

test('a file that could not be opened leaves the folder open for the others', (t) => {
  const source = useTree(t, { 'a/file': 'x', 'a/sub/': '' });
  const root = sourceRoot(source);
  const file = SourceFile.open({ root, path: 'a/file' });
  for (const path of ['a/missing', 'a/sub']) assert.throws(() => SourceFile.open({ root, path }));
  assert.equal(file.identityUnderName()?.ino, file.identity.ino);
  file.close();
  assert.deepEqual(openBelow(source), []);
});

test('a folder that is moved and replaced between two of its files is opened anew for the second', (t) => {
  for (const closesFirst of [0, 1]) {
    const source = useTree(t, { 'a/file': 'old', 'other/file': 'newer' });
    const root = sourceRoot(source);
    const before = SourceFile.open({ root, path: 'a/file' });
    renameSync(join(source, 'a'), join(source, 'moved'));
    assert.throws(() => SourceFile.open({ root, path: 'a/file' }), { code: 'NOT_FOUND' });
    renameSync(join(source, 'other'), join(source, 'a'));
    const after = SourceFile.open({ root, path: 'a/file' });
    const moved = SourceFile.open({ root, path: 'moved/file' });
    assert.deepEqual([before.identity.size, after.identity.size, moved.identity.size], [3n, 5n, 3n]);
    assert.deepEqual([before.identityUnderName(), after.identityUnderName()?.size], [undefined, 5n]);
    const files = [before, after];
    files[closesFirst]?.close();
    if (closesFirst === 0) assert.equal(after.folder.inPlace(), true);
    // One that comes now shares the folder that is in place, if it is still open.
    const last = SourceFile.open({ root, path: 'a/file' });
    assert.equal(last.identity.ino, after.identity.ino);
    assert.equal(openFoldersBelow(source).filter((path) => path === join(source, 'a')).length, 1);
    for (const file of [...files, moved, last]) file.close();
    assert.deepEqual(openBelow(source), []);
  }
});

test('a folder that is moved away and back again between two files is still the same', (t) => {
  const source = useTree(t, { 'a/file-0': 'x', 'a/file-1': 'x' });
  const root = sourceRoot(source);
  const first = SourceFile.open({ root, path: 'a/file-0' });
  renameSync(join(source, 'a'), join(source, 'away'));
  renameSync(join(source, 'away'), join(source, 'a'));
  const second = SourceFile.open({ root, path: 'a/file-1' });
  assert.deepEqual(openFoldersBelow(source), [join(source, 'a')]);
  for (const file of [first, second]) file.close();
  assert.deepEqual(openBelow(source), []);
});

test('a folder that is swapped for a link between two of its files never leads the second one outside', (t) => {
  const outside = useTree(t, { file: 'not to be read', 'b/file': 'not to be read' });
  const source = useTree(t, { 'a/b/file': 'x' });
  const root = sourceRoot(source);
  const first = SourceFile.open({ root, path: 'a/b/file' });
  renameSync(join(source, 'a'), join(source, 'before'));
  symlinkSync(outside, join(source, 'a'));
  for (let times = 0; times < 3; times += 1) {
    assert.throws(
      () => SourceFile.open({ root, path: 'a/b/file' }),
      { code: 'OUTSIDE_SOURCE' },
      String(times),
    );
  }
  assert.equal(first.identityUnderName(), undefined);
  first.close();
  assert.deepEqual([...openBelow(source), ...openBelow(outside)], []);
});

test('a folder that was found missing is missing for every file', (t) => {
  const source = useTree(t, { 'a/file-0': 'x', 'a/file-1': 'x', 'a/file-2': 'x' });
  const root = sourceRoot(source);
  const first = SourceFile.open({ root, path: 'a/file-0' });
  renameSync(join(source, 'a'), join(source, 'moved'));
  for (const name of ['file-1', 'file-2', 'file-1']) {
    assert.throws(() => SourceFile.open({ root, path: `a/${name}` }), { code: 'NOT_FOUND' }, name);
  }
  first.close();
  assert.deepEqual(openBelow(source), []);
});

test('a folder that is removed and made again between two of its files is opened anew', (t) => {
  const source = useTree(t, { 'a/file': 'old' });
  const root = sourceRoot(source);
  const first = SourceFile.open({ root, path: 'a/file' });
  rmSync(join(source, 'a'), { recursive: true });
  mkdirSync(join(source, 'a'));
  writeFileSync(join(source, 'a/file'), 'newer');
  const second = SourceFile.open({ root, path: 'a/file' });
  assert.deepEqual([first.identityUnderName(), second.identityUnderName()?.size], [undefined, 5n]);
  second.close();
  first.close();
  assert.deepEqual(openBelow(source), []);
});

test('a descriptor that was given up is not closed, but its folder is', (t) => {
  const source = useTree(t, { 'a/file': 'x' });
  const file = SourceFile.open({ root: sourceRoot(source), path: 'a/file' });
  const descriptor = file.giveUpDescriptor();
  file.close();
  file.close();
  assert.deepEqual(openBelow(source), [join(source, 'a/file')]);
  closeSync(descriptor);
  assert.deepEqual(openBelow(source), []);
});
