import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assignCopy } from '../../../src/flow/assign-copy.ts';

test('is a copy with more properties, of which the added ones count, and leaves the object as it was', () => {
  const object: { readonly a: number; readonly b?: number } = { a: 1, b: 2 };
  const copy = assignCopy(object, { b: 3, c: 4 });
  assert.deepEqual(copy, { ...object, b: 3, c: 4 });
  assert.deepEqual(object, { a: 1, b: 2 });
});
