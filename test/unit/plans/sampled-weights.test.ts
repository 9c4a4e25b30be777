import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut } from '../../../src/plans/cut.ts';
import { SampledWeights } from '../../../src/plans/sampled-weights.ts';

/** Files in an order that is none. */
const KEYS = Array.from({ length: 50_000 }, (_, n) => String((n * 7919) % 50_000).padStart(6, '0'));

test('as many files as fit in memory are weighed exactly, in the order of their keys', () => {
  const weights = new SampledWeights(3);
  for (const [key, size] of [
    ['c', 1],
    ['a', 2],
    ['\u{1f600}', 3],
  ] as const)
    weights.add(key, size);
  assert.deepEqual(weights.list, [
    { key: 'a', files: 1, bytes: 2 },
    { key: 'c', files: 1, bytes: 1 },
    { key: '\u{1f600}', files: 1, bytes: 3 },
  ]);
});

test('of more files a sample stands for all, and its cuts are near to the right ones', () => {
  const weights = new SampledWeights(4_000);
  for (const key of KEYS) weights.add(key, 1_000);
  assert.equal(weights.list.length, 4_000);
  const ranges = cut(weights.list, 4);
  const cuts = ranges.slice(1).map(({ from }) => Number(from));
  // The standard deviation is half a percent of the files.
  for (const [place, found] of cuts.entries())
    assert.ok(Math.abs(found - (place + 1) * 12_500) < 2_000, `${cuts}`);
  const files = ranges.reduce((sum, range) => sum + range.files, 0);
  assert.ok(Math.abs(files - 50_000) < 4_000, `${files}`);
});

test('a file that is larger than all others together stays, with its own size', () => {
  const weights = new SampledWeights(100);
  for (const key of KEYS) weights.add(key, key === '031415' ? 10 ** 13 : 10);
  const large = weights.list.find(({ key }) => key === '031415');
  assert.deepEqual(large, { key: '031415', files: 1, bytes: 10 ** 13 });
});

test('the same files in another order give the same sample', () => {
  const [one, other] = [new SampledWeights(50), new SampledWeights(50)];
  for (const key of KEYS.slice(0, 2_000)) one.add(key, 1);
  for (const key of KEYS.slice(0, 2_000).reverse()) other.add(key, 1);
  assert.deepEqual(one.list, other.list);
});
