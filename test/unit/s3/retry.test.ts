import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delayBefore } from '../../../src/s3/retry.ts';

test('a wait that the store requests is respected, up to ten seconds', () => {
  assert.deepEqual(
    [0, 1, 2500, 10_000, 3_600_000, Number.POSITIVE_INFINITY, -5].map((ms) => delayBefore(1, ms)),
    [0, 1, 2500, 10_000, 10_000, 10_000, 0],
  );
});

test('otherwise the wait is random, below a limit that doubles with every try up to ten seconds', (t) => {
  for (let attempt = 1; attempt < 40; attempt += 1) {
    const limit = Math.min(10_000, 100 * 2 ** attempt);
    for (let n = 0; n < 20; n += 1) {
      const ms = delayBefore(attempt);
      assert.ok(ms >= 0 && ms <= limit, `${ms} of ${limit}`);
    }
  }
  t.mock.method(Math, 'random', () => 0.5);
  assert.deepEqual(
    [1, 2, 3, 7, 30].map((attempt) => delayBefore(attempt)),
    [100, 200, 400, 5000, 5000],
  );
});
