import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localReason } from '../../../src/restore/restore-error.ts';
import { SourceError } from '../../../src/source/source-error.ts';

test('an object whose local file was not read to its end, since the run was stopped, was interrupted', () => {
  for (const code of ['INTERRUPTED', 'RUN_FAILED'] as const)
    assert.deepEqual(localReason(new SourceError(code, 'why')), { code, reason: 'why' });
});
