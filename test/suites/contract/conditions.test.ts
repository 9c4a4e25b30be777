import assert from 'node:assert/strict';
import type { Capability } from './support/capabilities.ts';
import { contract } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { assertHolds, assertNothingLeft, keysIn, outcomeOf, unfinishedIn } from './support/truth.ts';

const WAYS: Readonly<Record<string, { size: number; ifAbsent: Capability; ifMatch: Capability }>> = {
  'one request': { size: 10, ifAbsent: 'If-None-Match on PutObject', ifMatch: 'If-Match on PutObject' },
  parts: {
    size: PART + 10,
    ifAbsent: 'conditions on CompleteMultipartUpload',
    ifMatch: 'conditions on CompleteMultipartUpload',
  },
};
const REFUSED = '412 PreconditionFailed';
const WRONG_ETAG = '0123456789abcdef0123456789abcdef';
const THERE = Buffer.from('what was there before');

for (const [how, { size, ifAbsent, ifMatch }] of Object.entries(WAYS)) {
  const bytes = bytesOfLength(size);

  contract(`ifAbsent lets ${how} write where nothing is`, {}, async ({ t, target, store }) => {
    await store().upload('key', await useContent(t, bytes), { ifAbsent: true });
    await assertHolds(target, 'key', bytes);
  });

  contract(`ifAbsent keeps ${how} from overwriting an object`, { needs: ifAbsent }, async (bench) => {
    const { t, target } = bench;
    const store = bench.store();
    await store.upload('key', await useContent(t, THERE));
    const upload = store.upload('key', await useContent(t, bytes), { ifAbsent: true });
    assert.equal(await outcomeOf(upload), REFUSED);
    await assertHolds(target, 'key', THERE);
    assert.deepEqual(await unfinishedIn(target), []);
  });

  contract(
    `ifMatch lets ${how} overwrite the object that was expected`,
    { needs: ifMatch },
    async (bench) => {
      const { t, target } = bench;
      const store = bench.store();
      const { etag } = await store.upload('key', await useContent(t, THERE));
      await store.upload('key', await useContent(t, bytes), { ifMatch: etag });
      await assertHolds(target, 'key', bytes);
    },
  );

  contract(`ifMatch keeps ${how} from overwriting another object`, { needs: ifMatch }, async (bench) => {
    const { t, target } = bench;
    const store = bench.store();
    await store.upload('key', await useContent(t, THERE));
    const upload = store.upload('key', await useContent(t, bytes), { ifMatch: WRONG_ETAG });
    assert.equal(await outcomeOf(upload), REFUSED);
    await assertHolds(target, 'key', THERE);
    assert.deepEqual(await unfinishedIn(target), []);
  });

  contract(`ifMatch keeps ${how} from writing where nothing is`, { needs: ifMatch }, async (bench) => {
    const { t, target, store } = bench;
    const upload = store().upload('key', await useContent(t, bytes), { ifMatch: WRONG_ETAG });
    // AWS: 404 where there is none (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
    assert.match(await outcomeOf(upload), /^(404 NoSuchKey|412 PreconditionFailed)$/);
    await assertNothingLeft(target);
  });

  contract(
    `of two that send ${how} at once and must find nothing one writes`,
    { needs: ifAbsent },
    async (bench) => {
      const { t, target } = bench;
      const store = bench.store();
      const contents = [await useContent(t, bytes), await useContent(t, Buffer.from(bytes).reverse())];
      const outcomes = await Promise.all(
        contents.map((content) => outcomeOf(store.upload('key', content, { ifAbsent: true }))),
      );
      assert.equal(outcomes.filter((outcome) => outcome === 'ok').length, 1, outcomes.join());
      // AWS may answer the loser with 409, which asks it to try again.
      assert.match(outcomes.join(), /412 PreconditionFailed|409 ConditionalRequestConflict/);
      assert.deepEqual([await keysIn(target), await unfinishedIn(target)], [['key'], []]);
    },
  );
}

contract(
  'parts that find their own content under the key are done, and nothing is left of them',
  {
    needs: 'conditions on CompleteMultipartUpload',
  },
  async (bench) => {
    const { t, target } = bench;
    const bytes = bytesOfLength(PART + 10);
    const store = bench.store();
    const first = await store.upload('key', await useContent(t, bytes));
    const outcome = await outcomeOf(store.upload('key', await useContent(t, bytes), { ifAbsent: true }));
    assert.match(outcome, /^(ok|412 PreconditionFailed)$/);
    assert.equal((await store.head({ key: 'key' })).etag, first.etag);
    assert.deepEqual(await unfinishedIn(target), []);
  },
);
