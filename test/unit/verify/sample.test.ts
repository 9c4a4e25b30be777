import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleOf } from '../../../src/verify/sample.ts';

const KEYS = Array.from({ length: 10_000 }, (_, number) => `key ${number}`);

test('a sample is about the share that was asked for, and the same for the same seed', () => {
  const chosen = KEYS.filter(sampleOf(0.1, 'seed'));
  assert.ok(chosen.length > 850 && chosen.length < 1150, `${chosen.length} of 10,000`);
  assert.deepEqual(KEYS.toReversed().filter(sampleOf(0.1, 'seed')).toReversed(), chosen);
  const others = new Set(KEYS.filter(sampleOf(0.1, 'another')));
  const both = chosen.filter((key) => others.has(key)).length;
  assert.ok(both > 40 && both < 200, `${both} of both`);
});

test('a share of 1 chooses all, and 0 chooses none', () => {
  assert.deepEqual([KEYS.filter(sampleOf(1, '')).length, KEYS.filter(sampleOf(0, '')).length], [10_000, 0]);
});
