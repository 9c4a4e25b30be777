import assert from 'node:assert/strict';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { KMS } from './support/capabilities.ts';
import { contract } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { md5Of, outcomeOf, partsEtagOf, storeErrorOf } from './support/truth.ts';

/** What a receiver is given, which has to come without gaps. */
class Collected {
  bytes = Buffer.alloc(0);

  receive(piece: Buffer, at: number): undefined {
    assert.ok(at === 0 || at === this.bytes.length, `${at} after ${this.bytes.length} bytes`);
    this.bytes = Buffer.concat([this.bytes.subarray(0, at), piece]);
  }
}

contract('an object is read with its ETag, its size and its metadata', {}, async ({ target, store }) => {
  const { client, bucket: Bucket } = target;
  const Metadata = { mtime: '1.5', mode: '100644' };
  for (const [Key, Body] of [
    ['a/ä +b', 'content'],
    ['empty', ''],
  ] as const) {
    await client.send(new PutObjectCommand({ Bucket, Key, Body, Metadata }));
    const { bytes, size, etag, metadata, etagIsDigest } = await store().read({ key: Key });
    assert.deepEqual([bytes.toString(), size, etag], [Body, Body.length, md5Of(Body)]);
    assert.deepEqual([metadata, etagIsDigest], [Metadata, true]);
  }
});

contract('ranges of an object are those bytes of it, up to its end', {}, async ({ t, store }) => {
  const any = store();
  const whole = bytesOfLength(PART + 100);
  await any.upload('large', await useContent(t, whole));
  for (const [start, end] of [
    [0, 1],
    [0, PART],
    [PART - 5, PART + 5],
    [PART, PART + 500],
  ] as const) {
    const { bytes, size, etag } = await any.read({ key: 'large' }, { start, end });
    assert.ok(bytes.equals(whole.subarray(start, end)), `${start} to ${end}`);
    assert.deepEqual([size, etag], [whole.length, partsEtagOf(whole)]);
    const collected = new Collected();
    const { length } = await any.read({ key: 'large' }, { start, end }, collected);
    assert.ok(collected.bytes.equals(whole.subarray(start, end)), `${start} to ${end}, received`);
    assert.equal(length, collected.bytes.length);
  }
  assert.equal(
    await outcomeOf(any.read({ key: 'large' }, { start: PART + 100, end: PART + 200 })),
    '416 InvalidRange',
  );
});

contract('only the write that is named is read', {}, async ({ t, store }) => {
  const any = store();
  const { etag } = await any.upload('key', await useContent(t, 'first'));
  assert.equal((await any.read({ key: 'key', etag })).bytes.toString(), 'first');
  await any.upload('key', await useContent(t, 'second'));
  const collected = new Collected();
  assert.equal(
    await outcomeOf(any.read({ key: 'key', etag }, undefined, collected)),
    '412 PreconditionFailed',
  );
  assert.equal(collected.bytes.length, 0);
  assert.equal(
    await outcomeOf(any.read({ key: 'key', etag }, { start: 0, end: 2 })),
    '412 PreconditionFailed',
  );
  assert.equal(await outcomeOf(any.read({ key: 'not there' })), '404 NoSuchKey');
});

contract('the version that is named is read', { needs: 'versions' }, async ({ t, store }) => {
  const any = store();
  const { versionId } = await any.upload('key', await useContent(t, 'first'));
  await any.upload('key', await useContent(t, 'second'));
  assert.equal((await any.read({ key: 'key', versionId })).bytes.toString(), 'first');
  assert.equal((await any.read({ key: 'key' })).bytes.toString(), 'second');
});

contract('with SSE-KMS the ETag is said to be no digest', { needs: 'SSE-KMS' }, async ({ t, store }) => {
  const any = store({ object: KMS });
  await any.upload('key', await useContent(t, 'content'));
  const { bytes, etagIsDigest } = await any.read({ key: 'key' });
  assert.deepEqual([bytes.toString(), etagIsDigest], ['content', false]);
});

contract('the size of one part is told', { needs: 'sizes of parts' }, async ({ t, store }) => {
  const any = store();
  await any.upload('large', await useContent(t, bytesOfLength(PART + 100)));
  const sizeOf = async (partNumber: number) => (await any.head({ key: 'large', partNumber })).size;
  assert.deepEqual([await sizeOf(1), await sizeOf(2)], [PART, 100]);
});

contract(
  'an answer that breaks off, or is not what was asked for, is asked for again',
  { embeddedOnly: 'it is made to answer so' },
  async ({ t, target, store }) => {
    const any = store({ maxAttempts: 3 });
    const whole = bytesOfLength(300_000);
    await any.upload('key', await useContent(t, whole));
    const faults = [
      { kind: 'reset-response', afterBytes: 0 },
      { kind: 'reset-response', afterBytes: 200_000 },
      { kind: 'html-200' },
      { kind: 'no-etag-204' },
      { kind: 'lost-answer' },
      { kind: 'error', status: 503, code: 'SlowDown' },
    ] as const;
    for (const action of faults) {
      for (const range of [undefined, { start: 10, end: 250_000 }]) {
        target.server?.faults.plan({ operation: 'GetObject', do: action });
        const { bytes } = await any.read({ key: 'key' }, range);
        assert.ok(bytes.equals(whole.subarray(range?.start ?? 0, range?.end)), action.kind);
        target.server?.faults.plan({ operation: 'GetObject', do: action });
        const collected = new Collected();
        await any.read({ key: 'key' }, range, collected);
        assert.ok(collected.bytes.equals(bytes), `${action.kind}, received`);
      }
      const times = Number.POSITIVE_INFINITY;
      const planned = target.server?.faults.plan({ operation: 'GetObject', times, do: action });
      await storeErrorOf(any.read({ key: 'key' }));
      // The SDK counts its own tries apart from those of what comes after the head of an answer.
      assert.ok(Number(planned?.fired) >= 3 && Number(planned?.fired) <= 9, action.kind);
      planned?.cancel();
    }
  },
);
