import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timeline } from '../../../src/report/timeline.ts';

/** A run whose clock the test moves, 10 files and 1,000 bytes a second. */
function useRun(t: { mock: typeof import('node:test').mock }, before = 0) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let ms = 0;
  const start = {
    date: new Date(0),
    get seconds() {
      return ms / 1000;
    },
  };
  const counters = () => ({ files: before + Math.floor(ms / 100), bytes: before + ms, at_once: 16 });
  const timeline = new Timeline(start as never, counters);
  const pass = (seconds: number) => {
    for (let tick = 0; tick < seconds * 10; tick += 1) {
      ms += 100;
      t.mock.timers.tick(100);
    }
  };
  return { timeline, pass };
}

test('a timeline has a sample every tenth of a second of a short run, and one at its end', (t) => {
  const { timeline, pass } = useRun(t);
  pass(0.3);
  assert.deepEqual(timeline.end(), [
    { seconds: 0.1, files: 1, bytes: 100, at_once: 16 },
    { seconds: 0.2, files: 2, bytes: 200, at_once: 16 },
    { seconds: 0.3, files: 3, bytes: 300, at_once: 16 },
    { seconds: 0.3, files: 3, bytes: 300, at_once: 16 },
  ]);
});

test('a timeline that has ended takes no more samples, however often and late it is ended', (t) => {
  const { timeline, pass } = useRun(t);
  pass(0.1);
  const samples = timeline.end();
  pass(1);
  timeline.end();
  assert.deepEqual(
    samples.map(({ seconds }) => seconds),
    [0.1, 0.1],
  );
});

test('a timeline has at most 301 samples at equal distances, however long the run takes', (t) => {
  const { timeline, pass } = useRun(t);
  pass(600);
  const samples = timeline.end();
  assert.ok(samples.length > 150 && samples.length <= 301, String(samples.length));
  const distances = samples.slice(1, -1).map(({ seconds }, at) => seconds - (samples[at]?.seconds ?? 0));
  assert.equal(new Set(distances.map((seconds) => seconds.toFixed(3))).size, 1, distances.join());
  assert.deepEqual(samples.at(-1), { seconds: 600, files: 6_000, bytes: 600_000, at_once: 16 });
});

test('a timeline counts what its own run did, if several runs increase the same counters', (t) => {
  const { timeline, pass } = useRun(t, 7_000);
  pass(0.1);
  assert.deepEqual(timeline.end().at(-1), { seconds: 0.1, files: 1, bytes: 100, at_once: 16 });
});
