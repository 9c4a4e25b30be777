import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FileAllowance, RunTransferLimit, whyNeverSent } from '../../../src/flow/transfer-limit.ts';

/** What is left of a limit, found out by taking it. */
function leftOf(limit: RunTransferLimit): number {
  let left = 0;
  while (limit.take(1)) left += 1;
  return left;
}

const BEYOND = { code: 'MAX_TRANSFER', message: /^The run may send 10 bytes, / };

test('a file takes its whole size before it begins, or does not begin', async () => {
  const limit = new RunTransferLimit(10);
  assert.ok(await FileAllowance.of(limit, 6));
  assert.equal(await FileAllowance.of(limit, 5), undefined);
  assert.ok(await FileAllowance.of(limit, 4));
  assert.ok(await FileAllowance.of(limit, 0), 'an empty file always fits');
  assert.equal(leftOf(limit), 0);
});

test('a body that is sent again takes its bytes on top of those of the file', async () => {
  const limit = new RunTransferLimit(10);
  const file = await FileAllowance.of(limit, 6);
  assert.ok(file);
  await file.take(3, false);
  await file.take(3, true);
  await assert.rejects(file.take(3, true), BEYOND);
  // The bytes of the second part are still promised.
  await file.take(3, false);
  file.end();
  assert.equal(leftOf(limit), 1);
});

test('a file that is sent from its beginning once more takes its size anew', async () => {
  const limit = new RunTransferLimit(10);
  const file = await FileAllowance.of(limit, 4);
  assert.ok(file);
  for (const _ of ['first', 'second']) await file.take(4, false);
  await assert.rejects(file.take(4, false), BEYOND);
  assert.equal(leftOf(limit), 2);
});

test('what was not sent is given back: of a body, and of a file that ends early', async () => {
  const limit = new RunTransferLimit(10);
  const file = await FileAllowance.of(limit, 8);
  assert.ok(file);
  await file.take(4, false);
  await file.take(2, true);
  file.giveBack(2, true);
  file.giveBack(4, false);
  await file.take(4, false);
  file.end();
  file.end();
  assert.equal(leftOf(limit), 6);
});

test('a file that is larger than the limit is never sent, and one that has just its size is', () => {
  assert.equal(whyNeverSent(10, 10), undefined);
  const reason = 'it has 11 bytes, and a run may send 10 at most';
  assert.deepEqual(whyNeverSent(11, 10), { code: 'FILE_TOO_LARGE', reason });
});
