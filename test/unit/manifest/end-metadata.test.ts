import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endIn, endMetadata } from '../../../src/manifest/end-metadata.ts';

const error = { code: 'ENDPOINT_LOST', message: 'it is away' } as const;

test('metadata says whether a run came to its end, was stopped, or ended with an error', () => {
  assert.equal(endIn(endMetadata({ interrupted: false, error: null })), 'complete');
  assert.equal(endIn(endMetadata({ interrupted: true, error: null })), 'stopped');
  assert.equal(endIn(endMetadata({ interrupted: false, error })), 'ENDPOINT_LOST');
});

for (const end of ['', 'failed', 'a b', 'X'.repeat(41), '\u001b[2J'])
  test(`metadata of another kind says nothing: ${JSON.stringify(end)}`, () => {
    assert.equal(endIn({ 'run-end': end }), null);
  });

test('metadata that is missing says nothing', () => {
  assert.equal(endIn({}), null);
});
