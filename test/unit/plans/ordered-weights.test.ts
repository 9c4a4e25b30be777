import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut } from '../../../src/plans/cut.ts';
import { OrderedWeights } from '../../../src/plans/ordered-weights.ts';
import { costOf } from '../../../src/plans/weight.ts';

const keyOf = (n: number) => String(n).padStart(7, '0');

test('few files stay apart, each with its key and size', () => {
  const weights = new OrderedWeights();
  for (const [key, size] of [
    ['a', 5],
    ['b', 0],
    ['c/d', 7],
  ] as const)
    weights.add(key, size);
  assert.deepEqual(weights.list, [
    { key: 'a', files: 1, bytes: 5 },
    { key: 'b', files: 1, bytes: 0 },
    { key: 'c/d', files: 1, bytes: 7 },
  ]);
});

for (const [what, size] of Object.entries<(n: number) => number>({
  'of one size': () => 1_000,
  'that become larger': (n) => n * 10,
  'of which few are large': (n) => (n % 1_000 === 0 ? 10 ** 9 : 10),
})) {
  test(`100,000 files ${what} take at most 1,000 groups, and are cut into shares of a few percent`, () => {
    const weights = new OrderedWeights(1_000);
    let bytes = 0;
    for (let n = 0; n < 100_000; n += 1) {
      weights.add(keyOf(n), size(n));
      bytes += size(n);
      assert.ok(weights.list.length <= 1_000);
    }
    const ranges = cut(weights.list, 8);
    assert.equal(
      ranges.reduce((sum, { files }) => sum + files, 0),
      100_000,
    );
    assert.equal(
      ranges.reduce((sum, range) => sum + (range.bytes ?? 0), 0),
      bytes,
    );
    const share = costOf({ files: 100_000, bytes }) / 8;
    for (const range of ranges) {
      const off = Math.abs(costOf({ files: range.files, bytes: range.bytes ?? 0 }) / share - 1);
      assert.ok(off < 0.1, `${off}`);
    }
  });
}

test('a key out of order counts, and leaves the groups in order', () => {
  const weights = new OrderedWeights();
  for (const key of ['b', 'd', 'a', 'c', 'd']) weights.add(key, 1);
  assert.deepEqual(
    weights.list.map(({ key, files }) => [key, files]),
    [
      ['b', 1],
      ['d', 4],
    ],
  );
});
