import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeys } from '../../../src/core/key.ts';
import { cut } from '../../../src/plans/cut.ts';
import { costOf, type Weight } from '../../../src/plans/weight.ts';

const files = (count: number, bytes: (n: number) => number): Weight[] =>
  Array.from({ length: count }, (_, n) => ({ key: String(n).padStart(6, '0'), files: 1, bytes: bytes(n) }));

test('ranges meet, hold every key, and have all files', () => {
  const weight = fc.record({ key: fc.string({ minLength: 1 }), files: fc.nat(50), bytes: fc.nat(10 ** 9) });
  const weights = fc.uniqueArray(weight, { selector: ({ key }) => key, maxLength: 60 });
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 40 }), (given, shards) => {
      const sorted = given.sort((a, b) => compareKeys(a.key, b.key));
      const ranges = cut(sorted, shards);
      assert.ok(ranges.length >= 1 && ranges.length <= shards);
      assert.deepEqual([ranges[0]?.from, ranges.at(-1)?.to], [null, null]);
      for (const [place, range] of ranges.slice(1).entries()) {
        assert.equal(range.from, ranges[place]?.to);
        assert.ok(range.from !== null && (range.to === null || compareKeys(range.from, range.to) < 0));
      }
      for (const of of ['files', 'bytes'] as const)
        assert.equal(
          ranges.reduce((sum, range) => sum + (range[of] ?? 0), 0),
          sorted.reduce((sum, each) => sum + each[of], 0),
        );
    }),
  );
});

test('no range costs more than its share and the half of one file at each end', () => {
  const weights = files(1_000, (n) => (n * 7919) % 5_000_000);
  const total = weights.reduce((sum, weight) => sum + costOf(weight), 0);
  const largest = Math.max(...weights.map(costOf));
  for (const shards of [1, 2, 3, 7, 16, 100]) {
    const costs = cut(weights, shards).map(({ files: count, bytes }) =>
      costOf({ files: count, bytes: bytes ?? 0 }),
    );
    assert.equal(costs.length, shards);
    assert.ok(
      costs.every((cost) => Math.abs(cost - total / shards) <= largest),
      `${shards} shards`,
    );
  }
});

test('both files and bytes count: a large file takes the place of many small ones', () => {
  const [small, large] = cut(
    files(101, (n) => (n === 100 ? 100 * 256 * 1024 : 0)),
    2,
  );
  assert.deepEqual([small?.files, large?.files], [100, 1]);
});

test('there are no more ranges than files', () => {
  assert.equal(
    cut(
      files(3, () => 0),
      16,
    ).length,
    3,
  );
  assert.deepEqual(cut([], 16), [{ from: null, to: null, files: 0, bytes: 0 }]);
});
