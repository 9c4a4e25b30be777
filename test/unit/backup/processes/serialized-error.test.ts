import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deserializeError, serializeError } from '../../../../src/backup/processes/serialized-error.ts';
import { BackupError } from '../../../../src/core/errors.ts';

test('an error of another process has the code, the text, the hint, and says whether another try may help', () => {
  for (const error of [
    new BackupError('ENDPOINT_LOST', 'gone', { hint: 'wait' }),
    new BackupError('ENDPOINT_ERROR', 'busy', { temporary: true }),
    new BackupError('INTERNAL', 'a bug'),
  ]) {
    const message = JSON.parse(JSON.stringify(serializeError(error)));
    const { code, message: text, hint, temporary } = deserializeError(message);
    assert.deepEqual([code, text, hint, temporary], [error.code, error.message, error.hint, error.temporary]);
  }
});
