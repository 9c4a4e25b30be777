import assert from 'node:assert/strict';
import { CHECKSUM_ALGORITHMS } from '../../src/checksum/checksum.ts';
import { whyLacking } from './support/capabilities.ts';
import { contract } from './support/contract.ts';
import { assertNothingLeft } from './support/truth.ts';

contract('a probe finds out what the store knows, and leaves nothing behind', {}, async (bench) => {
  const { target, store } = bench;
  const heeds = (await whyLacking(target, 'If-None-Match on PutObject')) === undefined;
  for (const checksum of ['auto', ...CHECKSUM_ALGORITHMS] as const) {
    const keeps = checksum !== 'auto' && (await whyLacking(target, checksum)) === undefined;
    const { server: _, ...probe } = await store({ checksum }).probeWrite('folder/probe');
    assert.deepEqual(probe, {
      etagIsMd5: true,
      isListed: true,
      conditions: heeds ? 'heeded' : 'ignored',
      checksum: keeps ? checksum : undefined,
    });
  }
  await assertNothingLeft(target);
});

contract('a probe removes its versions, too', { needs: 'versions' }, async ({ target, store }) => {
  await store().probeWrite('probe');
  await assertNothingLeft(target);
});

contract(
  'a probe tells ETags that are no digests, and conditions that are refused',
  { embeddedOnly: 'a real store has the ETags that it has' },
  async ({ target, store }) => {
    target.server?.faults.plan({
      operation: 'PutObject',
      do: { kind: 'error', status: 501, code: 'NotImplemented' },
    });
    target.server?.faults.plan({ operation: 'PutObject', do: { kind: 'random-etag' } });
    const { etagIsMd5, isListed, conditions } = await store({ maxAttempts: 1 }).probeWrite('probe');
    assert.deepEqual([etagIsMd5, isListed, conditions], [false, true, 'refused']);
    await assertNothingLeft(target);
  },
);
