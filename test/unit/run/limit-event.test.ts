import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitEvent } from '../../../src/run/limit-event.ts';

test('the event of a step has whole numbers, and null for what is not known', () => {
  const step = { from: 16, to: 32, reason: 'throughput grew', filesPerSecond: 12.6, bytesPerSecond: 1e6 / 3 };
  assert.deepEqual(limitEvent(step), {
    event: 'limit',
    from: 16,
    to: 32,
    reason: 'throughput grew',
    files_per_second: 13,
    bytes_per_second: 333_333,
    pid: null,
  });
  assert.deepEqual(limitEvent({ from: 16, to: 8, reason: 'the store asked for fewer requests' }, 7), {
    event: 'limit',
    from: 16,
    to: 8,
    reason: 'the store asked for fewer requests',
    files_per_second: null,
    bytes_per_second: null,
    pid: 7,
  });
});
