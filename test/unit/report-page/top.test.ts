import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Top } from '../../../src/report-page/top.ts';

test('the first items of any number are those that sorting all of them would put first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 5 }), (numbers, most) => {
      const top = new Top<number>(most, (a, b) => a - b);
      for (const each of numbers) top.add(each);
      assert.deepEqual(top.list, [...numbers].sort((a, b) => a - b).slice(0, most));
    }),
  );
});
