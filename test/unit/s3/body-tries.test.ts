import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FileAllowance, RunTransferLimit } from '../../../src/flow/transfer-limit.ts';
import { BodyTries } from '../../../src/s3/body-tries.ts';

function failing(code: string): () => Promise<never> {
  return () => Promise.reject(Object.assign(new Error(code), { code }));
}

async function useTries(limitBytes: number, bytes: number) {
  const limit = new RunTransferLimit(limitBytes);
  const allowance = await FileAllowance.of(limit, bytes);
  assert.ok(allowance);
  return { limit, tries: new BodyTries(allowance, bytes) };
}

test('every try takes the bytes of the body, and the one that would be too many is not made', async () => {
  const { tries } = await useTries(11, 5);
  let sent = 0;
  const send = () => {
    sent += 1;
    return failing('ECONNRESET')();
  };
  for (const _ of ['first', 'second']) await assert.rejects(tries.send(send), { code: 'ECONNRESET' });
  await assert.rejects(tries.send(send), { code: 'MAX_TRANSFER' });
  assert.equal(sent, 2);
});

test('a try without a connection takes nothing', async () => {
  const { limit, tries } = await useTries(10, 5);
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH'])
    await assert.rejects(tries.send(failing(code)), { code });
  assert.equal(await tries.send(async () => 'sent'), 'sent');
  await assert.rejects(tries.send(failing('ECONNREFUSED')), { code: 'ECONNREFUSED' });
  assert.equal(limit.take(5), true);
  assert.equal(limit.take(1), false);
});
