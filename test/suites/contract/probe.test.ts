import assert from 'node:assert/strict';
import { CHECKSUM_ALGORITHMS } from '../../../src/digest/checksum.ts';
import { whyLacking } from './support/capabilities.ts';
import { contract } from './support/contract.ts';
import { assertNothingLeft } from './support/truth.ts';

contract('a probe finds out what the store knows, and leaves nothing behind', {}, async (bench) => {
  const { target, store } = bench;
  const heeds = (await whyLacking(target, 'If-None-Match on PutObject')) === undefined;
  for (const checksum of ['auto', ...CHECKSUM_ALGORITHMS] as const) {
    const keeps = checksum !== 'auto' && (await whyLacking(target, checksum)) === undefined;
    const probe = await store({ checksum }).probeWrite('folder/probe');
    assert.deepEqual(probe, {
      server: probe?.server,
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
    const { faults } = target.server ?? assert.fail();
    const refusal = { kind: 'error', status: 501, code: 'NotImplemented' } as const;
    faults.plan({ operation: 'PutObject', skip: 1, do: { kind: 'random-etag' } });
    faults.plan({ operation: 'PutObject', skip: 1, do: refusal });
    const probe = await store({ maxAttempts: 1 }).probeWrite('probe');
    assert.deepEqual([probe?.etagIsMd5, probe?.isListed, probe?.conditions], [false, true, 'refused']);
    await assertNothingLeft(target);
  },
);
