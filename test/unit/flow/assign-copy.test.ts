import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assignCopy } from '../../../src/flow/assign-copy.ts';

test('makes a copy with more properties, in which the added ones win, and leaves the object unchanged', () => {
  const object: { readonly a: number; readonly b?: number } = { a: 1, b: 2 };
  const copy = assignCopy(object, { b: 3, c: 4 });
  assert.deepEqual(copy, { ...object, b: 3, c: 4 });
  assert.deepEqual(object, { a: 1, b: 2 });
});
