import assert from 'node:assert/strict';
import { test } from 'node:test';
import { split } from '../../../../src/digest/md5/split.ts';
import { Random } from '../../../support/random.ts';

const bodiesOf = (...lengths: number[]) => {
  const memory = Buffer.alloc(Math.max(0, ...lengths));
  return lengths.map((length) => memory.subarray(0, length));
};

test('one body is hashed alone, two and more of a length are hashed together', () => {
  assert.deepEqual(split(bodiesOf(100_000)), { alone: [0], together: [] });
  assert.deepEqual(split(bodiesOf(100_000, 100_000)), { alone: [], together: [0, 1] });
});

test('a body much longer than the others is hashed alone', () => {
  const { alone, together } = split(bodiesOf(4000, 4000, 1_000_000, 4000, 4000));
  assert.deepEqual(alone, [2]);
  assert.deepEqual(together, [0, 1, 3, 4]);
});

test('a body that the others keep company is hashed together, and first', () => {
  const { alone, together } = split(bodiesOf(...Array(20).fill(10_000), 30_000));
  assert.deepEqual(alone, []);
  assert.equal(together[0], 20);
});

test('each body of a random call is hashed once', () => {
  const random = new Random(1);
  for (let run = 0; run < 1000; run++) {
    const bodies = bodiesOf(
      ...Array.from({ length: random.between(0, 30) }, () => Math.floor(2 ** (random.fraction() * 20))),
    );
    const { alone, together } = split(bodies);
    assert.deepEqual(
      [...alone, ...together].sort((a, b) => a - b),
      [...bodies.keys()],
    );
  }
});
