import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockTickMs } from '../../../src/source/last-change.ts';

test('times without a fraction are read as whole seconds, up to two', () => {
  assert.ok(clockTickMs({ ctimeNs: 1_700_000_000_000_000_000n }) > 2_000);
  assert.equal(clockTickMs({ ctimeNs: 1_700_000_000_000_000_001n }), 20);
  assert.equal(clockTickMs({ ctimeNs: 1_700_000_000_999_999_999n }), 20);
});
