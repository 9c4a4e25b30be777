import assert from 'node:assert/strict';
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { BackupOptions } from '../../../src/index.ts';
import { verifyFiles } from '../../../src/index.ts';
import { keysIn, useBucketClient } from '../../support/bucket.ts';
import { backupTo, fatesOf, moveTo, optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { storedLater } from '../../support/stored-later.ts';
import { namesIn, useTree } from '../../support/tree.ts';

const RANGES = [{ to: 'docs/m' }, { from: 'docs/m', to: 'photos/a/2' }, { from: 'photos/a/2' }];

/** Two sources with prefixes of their own, below which every range has some files. */
function useSources(t: TestContext) {
  const root = useTree(t, {
    'x/photos/a/1': '1',
    'x/photos/a/2': '2',
    'x/photos/b/3': '3',
    'x/papers/a': '4',
    'x/papers/z/z': '5',
  });
  const source = [{ folder: join(root, 'x/photos') }, { folder: join(root, 'x/papers'), prefix: 'docs' }];
  return { root, source };
}

for (const processes of [1, 2]) {
  test(`runs with ranges that meet move every file of several sources once (processes: ${processes})`, async (t) => {
    const server = await useS3Server(t);
    const { root, source } = useSources(t);
    const moved = [];
    for (const range of RANGES) {
      const report = await moveTo(server, '', { source, prefix: 'p', range, processes });
      assert.equal(report.exit_code, 0);
      moved.push(fatesOf(report));
    }
    assert.deepEqual(moved, [
      { 'docs/a': 'deleted' },
      { 'docs/z/z': 'deleted', 'photos/a/1': 'deleted' },
      { 'photos/a/2': 'deleted', 'photos/b/3': 'deleted' },
    ]);
    assert.deepEqual(namesIn(root), ['x', 'x/papers', 'x/photos']);
    assert.deepEqual((await keysIn(useBucketClient(t, server))).sort(), [
      'p/docs/a',
      'p/docs/z/z',
      'p/photos/a/1',
      'p/photos/a/2',
      'p/photos/b/3',
    ]);
  });
}

test('a folder that ranges cut is removed by the run that empties it, whichever is the last', async (t) => {
  const server = await useS3Server(t);
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const source = useTree(t, { 'd/a': '1', 'd/sub/b': '2', 'd/z': '3' });
    const ranges = [{ to: 'd/t' }, { from: 'd/t' }];
    const left = [];
    for (const place of order) {
      await moveTo(server, source, { range: ranges[place] });
      left.push(namesIn(source));
    }
    assert.deepEqual(left, [order[0] === 0 ? ['d', 'd/z'] : ['d', 'd/a', 'd/sub', 'd/sub/b'], []]);
  }
});

test('a second run reads the pages of its range from the listing, and no others', async (t) => {
  const server = await useS3Server(t);
  const names = Array.from({ length: 3_500 }, (_, n) => String(n).padStart(4, '0'));
  const source = useTree(t, Object.fromEntries(names.map((name) => [`f/${name}`, ''])));
  await storedLater(t, () => backupTo(server, source, { prefix: 'p' }));
  const counts = [];
  for (const range of [{ to: 'f/1500' }, { from: 'f/1500', to: 'f/2300' }, { from: 'f/2300' }]) {
    server.requests.clear();
    const { counts: fates } = await backupTo(server, source, { prefix: 'p', range });
    // One more listing for the access check.
    counts.push([fates.unchanged, server.requests.length - 1]);
  }
  assert.deepEqual(counts, [
    [1_500, 2],
    [800, 1],
    [1_200, 2],
  ]);
});

test('runs on ranges that meet work at the same time; a run on the same range, or on all, is kept off', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1', b: '2' });
  const begin = (range: BackupOptions['range']) => moveTo(server, source, { range });
  let other: Promise<unknown> | undefined;
  // The first run holds its lock while it asks.
  const confirm = async () => {
    await assert.rejects(begin({ to: 'b' }), { code: 'LOCKED' });
    await assert.rejects(begin(undefined), { code: 'LOCKED' });
    other = begin({ from: 'b' }).then(fatesOf);
    await other;
    return true;
  };
  const first = await moveTo(server, source, { range: { to: 'b' }, confirm });
  assert.deepEqual([fatesOf(first), await other], [{ a: 'deleted' }, { b: 'deleted' }]);
  assert.deepEqual(namesIn(source), []);
});

test('a verification of a range reports the objects without a file that are in it', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1', b: '2', c: '3', d: '4' });
  await backupTo(server, source);
  for (const name of ['a', 'b', 'd']) unlinkSync(join(source, name));
  const results: string[] = [];
  await verifyFiles(
    { ...optionsFor(server, source), range: { from: 'b', to: 'd' } },
    { onResult: ({ path, result }) => void results.push(`${path}: ${result}`) },
  );
  assert.deepEqual(results.sort(), ['b: missing-here', 'c: same']);
});

test('what needs the files outside the range is refused', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '' });
  const refused = (more: Partial<BackupOptions>, message: RegExp) =>
    assert.rejects(backupTo(server, source, more), { code: 'BAD_OPTION', message });
  const range = { from: 'a' };
  await refused({ range, keyFolding: 'case' }, /^keyFolding is "case"; with a range only "none" is allowed/);
  await refused(
    { range, list: { input: Readable.from(['a\n']) } },
    /^A list of files and a range were given/,
  );
  await refused({ range: { from: 'b', to: 'b' } }, /^range is from "b" to "b"; allowed is/);
  assert.equal(server.requests.length, 0);
});

test('a pattern that matches nothing in a range is not reported as misspelt', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { 'a/x.pdf': '', 'b/y.txt': '' });
  const warnings: string[] = [];
  const warn = (_: object, message: string) => void warnings.push(message);
  const nothing = () => undefined;
  const logger = { debug: nothing, info: nothing, warn, error: nothing };
  await backupTo(server, source, { include: ['*.pdf', '*.txt'], range: { to: 'b/' }, logger });
  assert.deepEqual(warnings, []);
});
