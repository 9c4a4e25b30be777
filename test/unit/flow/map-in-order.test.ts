import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { mapInOrder } from '../../../src/flow/map-in-order.ts';

async function* numbers(count: number): AsyncGenerator<number, void> {
  for (let number = 0; number < count; number += 1) yield number;
}

test('results come in the order of the inputs, and the limit of concurrent work is kept', async () => {
  let [inWork, most] = [0, 0];
  const results: number[] = [];
  const work = async (number: number) => {
    most = Math.max(most, ++inWork);
    for (let turns = number % 7; turns > 0; turns -= 1) await turn();
    inWork -= 1;
    return number * 2;
  };
  for await (const result of mapInOrder(numbers(50), 4, work)) results.push(result);
  assert.deepEqual(
    results,
    Array.from({ length: 50 }, (_, number) => number * 2),
  );
  assert.equal(most, 4);
});

test('a failure comes at its position, whatever else fails after it', async () => {
  const results: number[] = [];
  const work = async (number: number) => {
    if (number >= 3) throw new Error(`no ${number}`);
    await turn();
    return number;
  };
  await assert.rejects(async () => {
    for await (const result of mapInOrder(numbers(9), 4, work)) results.push(result);
  }, /^Error: no 3$/);
  assert.deepEqual(results, [0, 1, 2]);
});

test('a result does not wait for a source that takes long to name the next element', async () => {
  let goOn: () => void = () => undefined;
  async function* slow() {
    yield 1;
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
    yield 2;
  }
  const results: number[] = [];
  for await (const result of mapInOrder(slow(), 4, async (number) => number)) {
    results.push(result);
    goOn();
  }
  assert.deepEqual(results, [1, 2]);
});

test('a consumer that leaves closes the source, also one that is about to name the next element', async () => {
  let isClosed = false;
  async function* endless() {
    try {
      for (let number = 0; ; number += 1) {
        await turn();
        yield number;
      }
    } finally {
      isClosed = true;
    }
  }
  for await (const result of mapInOrder(endless(), 4, async (number) => number)) if (result === 5) break;
  while (!isClosed) await turn();
});

test('an error of the source is thrown', async () => {
  async function* failing() {
    yield 1;
    throw new Error('no more');
  }
  await assert.rejects(async () => {
    for await (const _ of mapInOrder(failing(), 4, async (number) => number));
  }, /^Error: no more$/);
});
