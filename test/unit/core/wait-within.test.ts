import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HelperThread } from '../../../src/core/helper-thread.ts';
import { waitWithin } from '../../../src/core/wait-within.ts';

const late = () => new Error('too late');

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('an answer that came while the main thread was blocked for longer than the limit is in time', async () => {
  const thread = new HelperThread<string, string>('(request) => request');
  const answer = waitWithin(1_200, thread.ask('a'), late);
  await new Promise((turn) => setImmediate(turn));
  block(2_000);
  assert.equal(await answer, 'a');
});

test('an answer that does not come fails after the limit', async () => {
  const begin = performance.now();
  await assert.rejects(waitWithin(120, new Promise(() => undefined), late), /too late/);
  const ms = performance.now() - begin;
  assert.ok(ms > 100, `${ms} ms`);
});

test('what the answer throws is thrown on', async () => {
  await assert.rejects(
    waitWithin(60_000, Promise.reject(new Error('as it was told')), late),
    /as it was told/,
  );
});
