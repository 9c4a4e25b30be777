import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { AdaptiveLimit, type LimitStep } from '../../../src/flow/adaptive-limit.ts';
import type { MeterClock } from '../../../src/flow/throughput-meter.ts';
import { Random } from '../../support/random.ts';
import { SimulatedTransfer, type SimulatedWorld } from '../../support/simulation/simulated-transfer.ts';

const START = 16;
const MOST = 256;
const SEEDS = [1, 2, 3, 4, 5];
const TLS = { roundTrips: 3, clientMs: 2 };
const NEAR: SimulatedWorld = { latencyMs: 0.1, clientMs: 0.2 };
const FAR: SimulatedWorld = { latencyMs: 20, clientMs: 0.25, handshake: TLS };
const FILES = 10_000;

function adapted(world: SimulatedWorld, files: number, seed = 0) {
  const steps: LimitStep[] = [];
  const limitOf = (clock: MeterClock) => new AdaptiveLimit(START, MOST, (step) => steps.push(step), clock);
  const result = new SimulatedTransfer(world, new Random(seed), limitOf).run(files);
  return {
    ...result,
    steps,
    most: Math.max(START, ...steps.map(({ to }) => to)),
    last: steps.at(-1)?.to ?? START,
  };
}

/** Time that a transfer takes with the best of the fixed limits. */
function bestMs(world: SimulatedWorld, files: number, seed = 0): number {
  const times = [16, 32, 64, 128].map(
    (current) => new SimulatedTransfer(world, new Random(seed), () => ({ current })).run(files).ms,
  );
  return Math.min(...times);
}

/** Compares transfers on a busy machine with those of the best fixed limit: typically, and the worst of all seeds. */
function assertNearBest(t: TestContext, world: SimulatedWorld, files: number): void {
  const ratios = SEEDS.map((seed) => adapted(world, files, seed).ms / bestMs(world, files, seed));
  const text = ratios.map((ratio, index) => `seed ${SEEDS[index]}: ${ratio.toFixed(2)}`).join(', ');
  t.diagnostic(text);
  const inOrder = ratios.sort((a, b) => a - b);
  assert.ok((inOrder[2] ?? 0) <= 1.2, text);
  assert.ok((inOrder.at(-1) ?? 0) <= 1.5, text);
}

test('grows to what keeps one core busy with a store that is 20 ms away, over TLS', () => {
  const { ms, most, connections } = adapted(FAR, FILES);
  assert.ok(ms <= 1.15 * bestMs(FAR, FILES), String(ms));
  assert.ok(most >= 100, String(most));
  // Each connection costs as much as eight files, so not all are opened that may be.
  assert.ok(connections <= 200, String(connections));
});

test('stays where it began while this machine is busy all the time', () => {
  assert.deepEqual(adapted(NEAR, FILES).steps, []);
});

test('tries more in ever longer rests with a store that is as fast with few', () => {
  const { most, steps } = adapted({ latencyMs: 0.1, clientMs: 0.1, storeMs: 0.2 }, 100_000);
  assert.equal(most, 2 * START);
  // Tried at the beginning, and after rests of 2 and then 4 s.
  assert.equal(steps.filter(({ to }) => to > START).length, 6);
});

test('does not collapse on a busy machine', (t) => {
  const often = { ...FAR, clientPauses: { everyMs: 300, longestMs: 200 } };
  const long = { ...FAR, clientPauses: { everyMs: 800, longestMs: 500 } };
  const both = { ...often, storeMs: 0.1, storePauses: { everyMs: 300, longestMs: 200 } };
  for (const world of [often, long, both]) assertNearBest(t, world, FILES);
});

test('does not collapse when files come in batches', (t) => {
  const batches = { ...FAR, batch: { files: 1_000, clientMs: 0.15 } };
  const busy = { ...batches, clientPauses: { everyMs: 300, longestMs: 200 } };
  for (const world of [batches, busy]) assertNearBest(t, world, FILES);
});

test('does not crowd a store of limited capacity', (t) => {
  const store = { ...FAR, clientMs: 0.1, storeMs: 4, storeUnits: 4 };
  const { ms, most } = adapted(store, 2 * FILES);
  assert.ok(ms <= 1.02 * bestMs(store, 2 * FILES), String(ms));
  assert.ok(most <= 64, String(most));
  const busy = { ...store, storePauses: { everyMs: 300, longestMs: 200 } };
  assertNearBest(t, busy, FILES);
});

test('does not slow down a store whose throughput falls with more requests', () => {
  const falling = (from: number, by: number) => ({
    ...FAR,
    clientMs: 0.1,
    storeMs: 0.5,
    slowdown: (requests: number) => 1 + Math.max(0, requests - from) / by,
  });
  for (const store of [falling(16, 16), falling(24, 80)]) {
    const { ms, last } = adapted(store, 4 * FILES);
    assert.ok(ms <= 1.2 * bestMs(store, 4 * FILES), String(ms));
    assert.ok(last <= 64, String(last));
  }
});

test('asks little of a store that answers SlowDown, and is nearly as fast as it allows', () => {
  const store = { ...FAR, clientMs: 0.1, requestsPerSecond: 1_500 };
  const { ms, slowDowns } = adapted(store, 2 * FILES);
  assert.ok(ms <= 1.15 * bestMs(store, 2 * FILES), String(ms));
  assert.ok(slowDowns <= 600, String(slowDowns));
});

test('notices that the store has become slower to reach', () => {
  const { last, steps } = adapted({ ...NEAR, later: { atMs: 5_000, latencyMs: 50 } }, 40_000);
  assert.ok(last >= 128, String(last));
  const [first] = steps.filter(({ to }) => to > 2 * START);
  assert.ok(first !== undefined);
});

test('never exceeds the most that is allowed, nor begins above it', () => {
  const far = { latencyMs: 500, clientMs: 0.1 };
  const steps: LimitStep[] = [];
  const limitOf = (clock: MeterClock) => new AdaptiveLimit(16, 20, (step) => steps.push(step), clock);
  new SimulatedTransfer(far, new Random(0), limitOf).run(2_000);
  assert.deepEqual(
    steps.map(({ to }) => to),
    [20],
  );
  assert.equal(new AdaptiveLimit(16, 4).current, 4);
});

test('halves when the store asks for less, once a second at most, and never below two', () => {
  const clock = { ms: 0 };
  const limit = new AdaptiveLimit(64, 256, undefined, { now: () => clock.ms, busy: () => 0 });
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

test('tells each step: from where to where, why, and with which throughput', () => {
  const { steps } = adapted(FAR, 2_000);
  const [first, second] = steps;
  assert.deepEqual([first?.from, first?.to, first?.reason], [16, 32, 'throughput grew']);
  assert.equal(second?.from, 32);
  // 32 files in 20 ms are 1,600 a second; each has 4 KiB.
  const { filesPerSecond = 0, bytesPerSecond = 0 } = second ?? {};
  assert.ok(filesPerSecond > 1_300 && filesPerSecond < 1_650, String(filesPerSecond));
  assert.ok(Math.abs(bytesPerSecond - 4_096 * filesPerSecond) < 1, String(bytesPerSecond));
});
