import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usePlace } from '../../support/place.ts';
import { MIB } from '../../support/run.ts';
import { FAULT_CASES } from '../../support/store-faults.ts';

const NAME = 'sub/victim';
const SMALL = Buffer.from('the bytes that must not be lost');
const LARGE = Buffer.alloc(10 * MIB + 17, 'three parts ');
const ALWAYS = Number.POSITIVE_INFINITY;

for (const { name, action, small, large } of FAULT_CASES) {
  for (const [what, content, wanted] of [
    ['a small file', SMALL, small],
    ['a file in parts', LARGE, large],
  ] as const) {
    if (wanted === undefined) continue;
    const { at, fate, more, options, spoils, parts = false } = wanted;
    test(`${name}: ${what} is not lost`, async (t) => {
      const place = await usePlace(t, { bystander: 'untouched', [NAME]: content });
      place.fault(at, action, { key: `moved/${NAME}`, ...more });
      if (spoils) place.spoils(NAME);
      const report = await place.move(options);
      const other = options?.deleteAfterUpload === false ? 'kept' : 'deleted';
      await place.judge(report, { bystander: other, [NAME]: fate }, { parts });
    });
  }
}

test('an expired token in the middle ends the run; every file is here or in S3, and the next run ends the work', async (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`file-${index}`, `content ${index}`]),
  );
  const place = await usePlace(t, files);
  const expired = { kind: 'error', status: 403, code: 'ExpiredToken' } as const;
  place.fault(['PutObject', 'HeadObject'], expired, { skip: 12, times: ALWAYS });
  const report = await place.move({ concurrency: 4 });
  assert.equal(report.error?.code, 'EXPIRED_TOKEN');
  assert.equal(report.exit_code, 1);
  await place.judge(report);
  const next = await place.move();
  assert.equal(next.exit_code, 0);
  const found = await place.look();
  assert.deepEqual(place.ledger.losses(found), []);
  assert.equal(found.files.size, 0);
});

test('the limit: a store that reports the MD5 of other bytes than it holds is believed, unless they are read back', async (t) => {
  const place = await usePlace(t, { [NAME]: SMALL });
  place.fault('PutObject', { kind: 'flip-byte' });
  place.spoils(NAME);
  const report = await place.move({ verify: 'auto' });
  assert.equal(report.counts.deleted, 1);
  assert.deepEqual(place.ledger.losses(await place.look(), { spoilt: new Set([`moved/${NAME}`]) }), [
    `lost: "${NAME}" is neither here nor in S3`,
  ]);
});

test('with SSE-KMS, whose ETag is no MD5, the checksum proves', async (t) => {
  const place = await usePlace(t, { [NAME]: SMALL, large: LARGE });
  const report = await place.move({ object: { serverSideEncryption: 'aws:kms' } });
  await place.judge(report, { [NAME]: 'deleted', large: 'deleted' });
  assert.deepEqual(new Set(report.files.map(({ proof }) => proof)), new Set(['checksum']));
});
