import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Selection } from '../../../src/selection/selection.ts';

test('limits between which no file can lie are refused, and those between which one can are not', () => {
  assert.throws(() => new Selection({ minSizeBytes: 10, maxSizeBytes: 9 }), {
    code: 'BAD_OPTION',
    message: 'minSizeBytes is 10, which is more than maxSizeBytes (9); no file can match both.',
  });
  assert.throws(() => new Selection({ minAgeSeconds: 2, maxAgeSeconds: 1 }), {
    message: /^minAgeSeconds is 2/,
  });
  assert.ok(new Selection({ minSizeBytes: 9, maxSizeBytes: 9, minAgeSeconds: 0, maxAgeSeconds: 0 }));
});
