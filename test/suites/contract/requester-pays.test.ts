import assert from 'node:assert/strict';
import { contract } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { assertHolds } from './support/truth.ts';

contract('who asks pays for every request, or for none', {}, async ({ t, target, store }) => {
  const large = bytesOfLength(PART + 1);
  for (const requesterPays of [true, false]) {
    target.server?.requests.clear();
    const pays = store({ requesterPays });
    await pays.listPage({ prefix: '' });
    await pays.upload('small', await useContent(t, 'content'));
    await pays.upload('large', await useContent(t, large));
    await pays.head({ key: 'small' });
    await pays.download({ key: 'small' }, undefined);
    await pays.probeWrite('probe');
    const sent = target.server?.requests.map(({ headers }) => headers['x-amz-request-payer']) ?? [];
    assert.deepEqual(new Set(sent), new Set(target.server && [requesterPays ? 'requester' : undefined]));
    await assertHolds(target, 'large', large);
    target.server?.requests.clear();
  }
});
