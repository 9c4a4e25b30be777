import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Calls, lstat } from '../../../src/files/calls.ts';
import { CallPace } from '../../../src/source/call-pace.ts';

const HERE = tmpdir();

/** A pace with a clock, and work that takes some time by that clock. */
function paced(slowMs?: number) {
  const clock = { ms: 0 };
  const pace = new CallPace(slowMs, () => clock.ms);
  const takes = (ms: number) => pace.watch(() => (clock.ms += ms));
  return { clock, pace, takes };
}

test('reads block while they are fast', () => {
  const { pace, takes } = paced();
  for (let file = 0; file < 10; file += 1) {
    assert.ok(pace.mayBlock(HERE));
    takes(1);
  }
  assert.equal(
    pace.watch(() => 'bytes'),
    'bytes',
  );
});

test('after two slow reads nothing blocks for a second, even if the reads failed', () => {
  const { clock, pace } = paced();
  const slow = () => {
    clock.ms += 50;
    throw new Error('cut off');
  };
  assert.throws(() => pace.watch(slow), /cut off/);
  assert.equal(pace.mayBlock(HERE), true);
  assert.throws(() => pace.watch(slow), /cut off/);
  assert.equal(pace.mayBlock(HERE), false);
  clock.ms += 999;
  assert.equal(pace.mayBlock(HERE), false);
  clock.ms += 1;
  assert.equal(pace.mayBlock(HERE), true);
});

test('a single slow one counts with the next slow one unless a fast one is between them', () => {
  const { pace, takes } = paced();
  for (const ms of [50, 0.1, 50]) takes(ms);
  assert.equal(pace.isSlow, false);
  // Neither slow nor fast.
  takes(1);
  takes(50);
  assert.equal(pace.isSlow, true);
});

test('calls are made at once, and in the thread pool after slow ones', async () => {
  const { pace, takes } = paced();
  assert.equal(Array.isArray(pace.run(lookThrice())), true);
  for (const ms of [50, 50]) takes(ms);
  const result = pace.run(lookThrice());
  assert.ok(result instanceof Promise);
  assert.deepEqual(await result, ['a folder', 'a folder', 'nothing']);
});

function* lookThrice(): Calls<string[]> {
  const found: string[] = [];
  for (const path of [HERE, HERE, join(HERE, 'no', 'such', 'name')])
    found.push((yield* lstat(path)) ? 'a folder' : 'nothing');
  return found;
}

test('a folder on an unknown file system is read like a local one', () => {
  assert.equal(new CallPace().mayBlock('/does/not/exist'), true);
});

test('the limit for a slow read can be raised', () => {
  const { pace, takes } = paced(8);
  for (const ms of [8, 8]) takes(ms);
  assert.equal(pace.isSlow, false);
  for (const ms of [9, 9]) takes(ms);
  assert.equal(pace.isSlow, true);
});
