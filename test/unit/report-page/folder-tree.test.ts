import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FolderTree, type PageFolder } from '../../../src/report-page/folder-tree.ts';

test('a folder has the bytes, files and failures of everything below it', () => {
  const tree = new FolderTree();
  tree.add('a/b/one', 1, false);
  tree.add('a/two', 2, true);
  tree.add('c/three', 4, false);
  tree.add('four', 8, false);
  assert.deepEqual(tree.largest(10), {
    name: '',
    bytes: 15,
    files: 4,
    failed: 1,
    children: [
      { name: 'c', bytes: 4, files: 1, failed: 0, children: [] },
      {
        name: 'a',
        bytes: 3,
        files: 2,
        failed: 1,
        children: [{ name: 'b', bytes: 1, files: 1, failed: 0, children: [] }],
      },
    ],
  });
});

test('a folder that is shown comes with all folders that hold it', () => {
  const tree = new FolderTree();
  for (let at = 0; at < 50; at += 1) tree.add(`a/b/c/${at}/file`, at, false);
  assert.equal(countIn(tree.largest(10)), 10);
  assert.deepEqual(
    tree.largest(3).children.map(({ children }) => children.map(({ name }) => name)),
    [['b']],
  );
});

test('with more folders than it may keep, a tree still says of each folder what is below it', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(path, { maxLength: 60 }), fc.integer({ min: 4, max: 12 }), (paths, most) => {
      const tree = new FolderTree(most);
      for (const parts of paths) tree.add([...parts, 'file'].join('/'), 1, false);
      const shown = tree.largest(100);
      assert.ok(countIn(shown) <= most);
      assert.equal(shown.files, paths.length);
      const check = (folder: PageFolder, way: string) => {
        const below = paths.filter((parts) => `${parts.join('/')}/`.startsWith(way)).length;
        assert.deepEqual([folder.files, folder.bytes], [below, below], way);
        for (const child of folder.children) check(child, `${way}${child.name}/`);
      };
      check(shown, '');
    }),
  );
});

test('a tree takes a path of thousands of folders', () => {
  const tree = new FolderTree();
  tree.add(`${'a/'.repeat(16_000)}file`, 1, false);
  assert.equal(countIn(tree.largest(1_000)), 32);
});

function countIn({ children }: PageFolder): number {
  return children.reduce((sum, child) => sum + 1 + countIn(child), 0);
}
