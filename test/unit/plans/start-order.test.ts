import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOrder } from '../../../src/plans/start-order.ts';

const places = (count: number) => Array.from({ length: count }, (_, place) => place);

test('the first ranges are far apart, and each comes once', () => {
  assert.deepEqual(startOrder(places(8)), [0, 4, 2, 6, 1, 5, 3, 7]);
  for (const count of [0, 1, 2, 3, 5, 16, 1_000]) {
    const order = startOrder(places(count));
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      places(count),
    );
  }
  const first = startOrder(places(1_000))
    .slice(0, 16)
    .sort((a, b) => a - b);
  for (const [place, range] of first.slice(1).entries()) assert.ok(range - (first[place] ?? 0) >= 30);
});
