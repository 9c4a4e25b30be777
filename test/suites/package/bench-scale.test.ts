/** The tree and the listing that stand for a billion files. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { balancesOf } from '../../../bench/scale/balance.ts';
import { GeneratedService } from '../../../bench/scale/generated-service.ts';
import { GeneratedTree, SHAPES } from '../../../bench/scale/generated-tree.ts';
import { makeFiles } from '../../../bench/scale/tree-files.ts';
import { parseRequest } from '../../../bench/speed/sink/request.ts';
import { compareKeys } from '../../../src/core/key.ts';

test('the keys of a generated tree are in the order of S3, and tell their place', () => {
  for (const shape of SHAPES) {
    for (const files of [1, 999, 1_000_000_000]) {
      const tree = new GeneratedTree(files, shape);
      const step = Math.max(1, Math.floor(files / 997));
      for (let index = 0; index < files; index += step) {
        const key = tree.keyAt(index);
        assert.equal(tree.indexOf(key), index);
        if (index > 0) assert.ok(compareKeys(tree.keyAt(index - 1), key) < 0, key);
      }
      assert.equal(tree.indexOf('zzz'), files);
    }
  }
});

test('the balance of a plan is that of the files between its keys, whatever it says of them', () => {
  const tree = new GeneratedTree(1000, 'flat');
  const bound = tree.keyAt(900);
  const ranges = [
    { from: null, to: bound, files: 500, bytes: null },
    { from: bound, to: null, files: 500, bytes: null },
  ];
  const whole = [{ from: null, to: null, files: 1000, bytes: null }];
  assert.deepEqual(
    balancesOf(tree, [ranges, whole]).map(({ files }) => files),
    [1.8, 1],
  );
});

test('files of a generated tree have its names and sizes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-scale-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const tree = new GeneratedTree(1_000_000);
  makeFiles(tree, folder, { from: 499_990, to: 500_010 });
  for (const index of [499_990, 500_009])
    assert.equal(statSync(join(folder, tree.keyAt(index))).size, tree.sizeAt(index));
});

test('a generated listing has every file behind a key once, in pages, and ends with the prefix', () => {
  const tree = new GeneratedTree(1_000_000);
  const service = new GeneratedService(tree);
  const list = (query: string) => {
    const request = parseRequest(`GET /bench?list-type=2&${query} HTTP/1.1`);
    const answer = String(service.answer(request, { md5: undefined, content: undefined, text: '' }));
    const keys = [...answer.matchAll(/<Key>([^<]*)/g)].map(([, key = '']) => key);
    return { keys, token: /<NextContinuationToken>([^<]*)/.exec(answer)?.[1] };
  };
  const first = list(`start-after=${tree.keyAt(500_000)}`);
  const second = list(`continuation-token=${first.token}`);
  const expected = Array.from({ length: 2000 }, (_, place) => tree.keyAt(500_001 + place));
  assert.deepEqual([...first.keys, ...second.keys], expected);
  const { keys, token } = list(`prefix=deep/&start-after=${tree.keyAt(499_989)}`);
  assert.deepEqual([keys.length, token], [10, undefined]);
  assert.deepEqual(list(`start-after=${tree.keyAt(999_998)}`), {
    keys: [tree.keyAt(999_999)],
    token: undefined,
  });
});
