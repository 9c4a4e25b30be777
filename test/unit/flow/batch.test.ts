import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch } from '../../../src/flow/batch.ts';

interface Sent {
  readonly members: number[];
  /** Milliseconds since the test began. */
  readonly at: number;
}

/** Times that stand still until the test moves them. */
function useTimes(t: { mock: import('node:test').MockTracker }) {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  return {
    now: () => now,
    pass: (ms: number) => {
      for (let passed = 0; passed < ms; passed += 1) {
        now += 1;
        t.mock.timers.tick(1);
      }
    },
  };
}

function useBatch(t: { mock: import('node:test').MockTracker }, limit = 3) {
  const times = useTimes(t);
  const sent: Sent[] = [];
  const batch = new Batch<number>(limit, { idleMs: 10, longestMs: 25 }, (members) => {
    sent.push({ members, at: times.now() });
  });
  return { batch, sent, pass: times.pass };
}

test('is sent when it is full, without waiting', (t) => {
  const { batch, sent, pass } = useBatch(t);
  for (let n = 0; n < 7; n += 1) batch.add(n);
  assert.deepEqual(sent, [
    { members: [0, 1, 2], at: 0 },
    { members: [3, 4, 5], at: 0 },
  ]);
  pass(100);
  assert.deepEqual(sent.slice(2), [{ members: [6], at: 10 }]);
});

test('is sent when nothing was added for a while', (t) => {
  const { batch, sent, pass } = useBatch(t);
  batch.add(1);
  pass(7);
  batch.add(2);
  pass(9);
  assert.equal(sent.length, 0);
  pass(5);
  const [first] = sent;
  assert.deepEqual(first?.members, [1, 2]);
  assert.ok(first.at >= 16 && first.at <= 18, String(first.at));
});

test('is sent when its first member has waited long enough, although more are added', (t) => {
  const { batch, sent, pass } = useBatch(t, 100);
  for (let n = 0; n < 20; n += 1) {
    batch.add(n);
    pass(5);
  }
  assert.ok(sent.length >= 3, JSON.stringify(sent));
  for (const { members, at } of sent) {
    const waited = at - 5 * (members[0] ?? 0);
    assert.ok(waited >= 24 && waited <= 26, `${waited}`);
  }
  pass(50);
  assert.deepEqual(
    sent.flatMap(({ members }) => members),
    Array.from({ length: 20 }, (_, n) => n),
  );
});

test('a full batch does not shorten the time of the next one', (t) => {
  const { batch, sent, pass } = useBatch(t, 2);
  batch.add(1);
  pass(9);
  batch.add(2);
  batch.add(3);
  pass(5);
  assert.deepEqual(sent, [{ members: [1, 2], at: 9 }]);
  pass(10);
  assert.deepEqual(sent.slice(1), [{ members: [3], at: 19 }]);
});

test('a batch of one is sent at once, and an empty batch is never sent', (t) => {
  const { batch, sent, pass } = useBatch(t, 1);
  pass(100);
  assert.deepEqual(sent, []);
  batch.add(1);
  assert.deepEqual(sent, [{ members: [1], at: 100 }]);
  pass(100);
  assert.equal(sent.length, 1);
});

test('members that are added while a batch is sent are in the next one', (t) => {
  const { pass } = useTimes(t);
  const sent: number[][] = [];
  const batch = new Batch<number>(2, { idleMs: 10, longestMs: 25 }, (members) => {
    sent.push(members);
    if (sent.length === 1) for (const n of [3, 4, 5]) batch.add(n);
  });
  batch.add(1);
  batch.add(2);
  pass(50);
  assert.deepEqual(sent, [[1, 2], [3, 4], [5]]);
});
