import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError, FATAL_CODES, type FatalCode, TEMPORARY_CODES } from '../../../src/core/errors.ts';
import { type ExitCodes, exitCodeFor, type RunResult } from '../../../src/core/exit-codes.ts';

const codeOf = (exitCodes: ExitCodes, code: FatalCode | undefined, more: Partial<RunResult> = {}) =>
  exitCodeFor({
    exitCodes,
    failure: code && new BackupError(code, 'x'),
    stoppedBy: undefined,
    failed: 0,
    ...more,
  });

test('plain exit codes are 1 for an error and 2 for a limit, whatever may pass', () => {
  for (const code of FATAL_CODES)
    assert.equal(codeOf('plain', code), code === 'MAX_TRANSFER' || code === 'MAX_DURATION' ? 2 : 1, code);
});

test('temporary exit codes are 75 for what another try may not meet, and the plain ones for all else', () => {
  for (const code of FATAL_CODES)
    assert.equal(codeOf('temporary', code), TEMPORARY_CODES.has(code) ? 75 : codeOf('plain', code), code);
  assert.deepEqual([codeOf('temporary', undefined), codeOf('temporary', undefined, { failed: 1 })], [0, 2]);
});

test('75 wins over failed files, and a signal wins over 75', () => {
  for (const code of TEMPORARY_CODES) {
    assert.equal(codeOf('temporary', code, { failed: 3 }), 75);
    assert.equal(codeOf('temporary', code, { stoppedBy: 'SIGTERM', failed: 3 }), 143);
    assert.equal(codeOf('temporary', code, { stoppedBy: 'SIGINT' }), 130);
  }
  assert.equal(codeOf('temporary', 'BAD_OPTION', { stoppedBy: 'SIGTERM' }), 1);
});

test('an error of any code can say for itself whether another try may help', () => {
  const busy = new BackupError('ENDPOINT_ERROR', 'x', { temporary: true });
  assert.equal(codeOf('temporary', undefined, { failure: busy }), 75);
  assert.equal(codeOf('plain', undefined, { failure: busy }), 1);
});
