import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdaptiveLimit } from '../../../src/flow/adaptive-limit.ts';

/** A store that answers after `latencyMs`, and takes `perRequestMs` of the one thing that there is only one of. */
interface FakeStore {
  readonly latencyMs: number;
  readonly perRequestMs: number;
}

/** Lets time pass as if the limit's uploads went to the store: a full round of them takes what the slower end takes. */
function upload(limit: AdaptiveLimit, clock: { ms: number }, store: FakeStore, rounds: number): number[] {
  const seen: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const together = limit.current;
    clock.ms += Math.max(store.latencyMs, together * store.perRequestMs);
    for (let file = 0; file < together; file += 1) limit.onDone(4096);
    seen.push(limit.current);
  }
  return seen;
}

function limitAt(start: number, most: number) {
  const clock = { ms: 0 };
  return { clock, limit: new AdaptiveLimit(start, most, () => clock.ms) };
}

test('grows to what keeps one core busy with a store that is 25 ms away', () => {
  const { limit, clock } = limitAt(16, 256);
  const seen = upload(limit, clock, { latencyMs: 25, perRequestMs: 0.2 }, 200);
  assert.ok(Math.max(...seen) >= 128, String(seen));
  assert.ok(limit.current >= 64, String(limit.current));
});

test('stays near where it began with a store that is as fast with few', () => {
  const { limit, clock } = limitAt(16, 256);
  const seen = upload(limit, clock, { latencyMs: 0.1, perRequestMs: 0.2 }, 2_000);
  assert.ok(Math.max(...seen) <= 32, String(Math.max(...seen)));
  assert.ok(limit.current >= 8, String(limit.current));
});

test('never exceeds the most that is allowed, nor begins above it', () => {
  const { limit, clock } = limitAt(16, 20);
  const seen = upload(limit, clock, { latencyMs: 500, perRequestMs: 0 }, 200);
  assert.equal(Math.max(...seen), 20);
  assert.equal(limitAt(16, 4).limit.current, 4);
});

test('halves when the store asks for less, once a second at most, and never below two', () => {
  const { limit, clock } = limitAt(64, 256);
  limit.onSlowDown();
  limit.onSlowDown();
  assert.equal(limit.current, 32);
  clock.ms += 999;
  limit.onSlowDown();
  assert.equal(limit.current, 32);
  for (let second = 0; second < 10; second += 1) {
    clock.ms += 1_000;
    limit.onSlowDown();
  }
  assert.equal(limit.current, 2);
});

test('tries more again after a while, when the store has become faster', () => {
  const { limit, clock } = limitAt(16, 256);
  upload(limit, clock, { latencyMs: 0.1, perRequestMs: 0.2 }, 500);
  upload(limit, clock, { latencyMs: 25, perRequestMs: 0.1 }, 2_000);
  assert.ok(limit.current >= 64, String(limit.current));
});
