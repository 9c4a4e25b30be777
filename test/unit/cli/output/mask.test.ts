import assert from 'node:assert/strict';
import { test } from 'node:test';
import { masked } from '../../../../src/cli/output/mask.ts';

test('a secret is masked anywhere, also inside JSON', () => {
  const secret = 'abc"def/ghi';
  assert.equal(masked(`x ${secret} y`, [secret]), 'x **** y');
  assert.equal(masked(JSON.stringify({ quoted: secret }), [secret]), '{"quoted":"****"}');
});

test('a secret that is too short to be real is not masked inside words', () => {
  assert.equal(masked('S3 SOURCE_NOT_FOUND', ['S']), 'S3 SOURCE_NOT_FOUND');
});
