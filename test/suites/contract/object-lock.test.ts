import assert from 'node:assert/strict';
import { DeleteObjectCommand, PutObjectLockConfigurationCommand } from '@aws-sdk/client-s3';
import { contract } from './support/contract.ts';
import { onLockBucket } from './support/lock-bucket.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { headOf, keysIn, storeErrorOf } from './support/truth.ts';

const HOUR = 3_600;

for (const size of [10, PART + 10]) {
  contract(`${size} bytes are locked for as long as was asked for`, {}, async ({ t, target, store }) => {
    await onLockBucket(
      t,
      target,
      async (place) => {
        const { bucket } = place;
        const object = { retentionMode: 'GOVERNANCE', retentionSeconds: HOUR } as const;
        const before = Math.floor(Date.now() / 1000);
        const locks = store({ bucket, object });
        const { versionId } = await locks.upload('key', await useContent(t, bytesOfLength(size)));
        const head = await headOf(place, 'key');
        assert.equal(head.ObjectLockMode, 'GOVERNANCE');
        assert.equal(head.ObjectLockLegalHoldStatus, undefined);
        const seconds = Number(head.ObjectLockRetainUntilDate) / 1000 - before;
        assert.ok(seconds >= HOUR && seconds <= HOUR + 600, `locked for ${seconds} s`);
        const remove = new DeleteObjectCommand({ Bucket: bucket, Key: 'key', VersionId: versionId });
        await assert.rejects(target.client.send(remove), { name: 'AccessDenied' });
      },
      { inParts: size > PART },
    );
  });

  contract(`${size} bytes are locked by a legal hold alone`, {}, async ({ t, target, store }) => {
    await onLockBucket(
      t,
      target,
      async (place) => {
        const { bucket } = place;
        const holds = store({ bucket, object: { legalHold: true } });
        await holds.upload('key', await useContent(t, bytesOfLength(size)));
        const head = await headOf(place, 'key');
        assert.equal(head.ObjectLockLegalHoldStatus, 'ON');
        assert.equal(head.ObjectLockMode, undefined);
      },
      { inParts: size > PART },
    );
  });
}

contract('what only tries out whether one may write is not locked', {}, async ({ t, target, store }) => {
  await onLockBucket(t, target, async (place) => {
    const object = { retentionMode: 'COMPLIANCE', retentionSeconds: HOUR, legalHold: true } as const;
    assert.ok(await store({ bucket: place.bucket, object }).probeWrite('probe'));
    assert.deepEqual(await keysIn(place), []);
  });
});

contract(
  'in a bucket that locks all that is written, nothing is written to try it out',
  { embeddedOnly: 'Ceph takes an object without a digest all the same, and locks it' },
  async ({ t, target, store }) => {
    await onLockBucket(t, target, async (place) => {
      const { bucket: Bucket, client } = place;
      const Rule = { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1 } } as const;
      const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule } as const;
      await client.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
      assert.equal(await store({ bucket: Bucket }).probeWrite('probe'), undefined);
      assert.deepEqual(await keysIn(place), []);
    });
  },
);

contract('a lock is refused by a bucket that has none', {}, async ({ t, store }) => {
  const { status, code } = await storeErrorOf(
    store({ object: { legalHold: true } }).upload('key', await useContent(t, 'content')),
  );
  assert.deepEqual([status, code], [400, 'InvalidRequest']);
});
