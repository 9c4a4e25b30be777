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
