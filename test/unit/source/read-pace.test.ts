import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { ReadPace } from '../../../src/source/read-pace.ts';

const HERE = tmpdir();

test('reads block while they are fast', () => {
  const clock = { ms: 0 };
  const pace = new ReadPace(2, () => clock.ms);
  for (let file = 0; file < 10; file += 1) {
    assert.ok(pace.mayBlock(HERE));
    assert.equal(
      pace.watch(() => {
        clock.ms += 1;
        return file;
      }),
      file,
    );
  }
});

test('after a slow read nothing blocks for a second, even if the read failed', () => {
  const clock = { ms: 0 };
  const pace = new ReadPace(2, () => clock.ms);
  const slow = () => {
    clock.ms += 50;
    throw new Error('cut off');
  };
  assert.throws(() => pace.watch(slow), /cut off/);
  assert.equal(pace.mayBlock(HERE), false);
  clock.ms += 999;
  assert.equal(pace.mayBlock(HERE), false);
  clock.ms += 1;
  assert.equal(pace.mayBlock(HERE), true);
});

test('a folder on an unknown file system is read like a local one', () => {
  assert.equal(new ReadPace().mayBlock('/does/not/exist'), true);
});

test('the limit for a slow read can be raised', () => {
  const clock = { ms: 0 };
  const pace = new ReadPace(8, () => clock.ms);
  const takes = (ms: number) => pace.watch(() => (clock.ms += ms));
  takes(8);
  assert.equal(pace.mayBlock(HERE), true);
  takes(9);
  assert.equal(pace.mayBlock(HERE), false);
});
