/** What a store refuses once it is not sent again; the embedded endpoint refuses it by a planned fault. */
import assert from 'node:assert/strict';
import type { FaultPlan, Operation } from '../../../src/s3-server/index.ts';
import { type Bench, contract } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { outcomeOf, unfinishedIn } from './support/truth.ts';

const PLANNED = 'a real store refuses what it does not know, and nothing else';
/** One try of each request, so that the SDK does not try a 501 again. */
const ONCE = { maxAttempts: 1 } as const;
const KMS = { ...ONCE, object: { serverSideEncryption: 'aws:kms' } } as const;

const NOT_IMPLEMENTED = { kind: 'error', status: 501, code: 'NotImplemented' } as const;
const INVALID = { kind: 'error', status: 400, code: 'InvalidArgument' } as const;

function refuse(
  { target }: Bench,
  operation: FaultPlan['operation'],
  action: FaultPlan['do'],
  times = 1,
): void {
  target.server?.faults.plan({ operation, do: action, times });
}

function sent({ target }: Bench, name: string, ...operations: Operation[]) {
  return target.server?.requests.of(...operations).map(({ headers }) => headers[name]);
}

contract('conditions that are refused are sent once', { embeddedOnly: PLANNED }, async (bench) => {
  const store = bench.store(ONCE);
  refuse(bench, 'PutObject', NOT_IMPLEMENTED);
  const content = await useContent(bench.t, 'content');
  const { attempts } = await store.upload('a', content, { ifAbsent: true });
  assert.equal(attempts, 2);
  await store.upload('b', content, { ifAbsent: true });
  await store.upload('b', content, { ifMatch: 'f'.repeat(32) });
  assert.deepEqual(sent(bench, 'if-none-match', 'PutObject'), ['*', undefined, undefined, undefined]);
  assert.deepEqual(sent(bench, 'if-match', 'PutObject'), [undefined, undefined, undefined, undefined]);
});

contract('conditions of parts that are refused are sent once', { embeddedOnly: PLANNED }, async (bench) => {
  const store = bench.store(ONCE);
  refuse(bench, 'CompleteMultipartUpload', NOT_IMPLEMENTED);
  const content = await useContent(bench.t, bytesOfLength(PART + 1));
  for (const key of ['a', 'b']) await store.upload(key, content, { ifAbsent: true });
  assert.deepEqual(sent(bench, 'if-none-match', 'CompleteMultipartUpload'), ['*', undefined, undefined]);
  assert.deepEqual(await unfinishedIn(bench.target), []);
});

contract('what is refused for another reason teaches nothing', { embeddedOnly: PLANNED }, async (bench) => {
  const store = bench.store(KMS);
  // With both, without the checksum, without the condition, without either.
  refuse(bench, 'PutObject', NOT_IMPLEMENTED, 4);
  const content = await useContent(bench.t, 'content');
  assert.equal(await outcomeOf(store.upload('a', content, { ifAbsent: true })), '501 NotImplemented');
  await store.upload('b', content, { ifAbsent: true });
  assert.equal(sent(bench, 'if-none-match', 'PutObject')?.at(-1), '*');
  assert.notEqual(sent(bench, 'x-amz-checksum-sha256', 'PutObject')?.at(-1), undefined);
});

contract('a condition is kept where the checksum was to blame', { embeddedOnly: PLANNED }, async (bench) => {
  const store = bench.store(KMS);
  refuse(bench, 'PutObject', NOT_IMPLEMENTED);
  const content = await useContent(bench.t, 'content');
  for (const key of ['a', 'b']) await store.upload(key, content, { ifAbsent: true });
  assert.deepEqual(sent(bench, 'if-none-match', 'PutObject'), ['*', '*', '*']);
});

contract('a condition is never left out for a bad request', { embeddedOnly: PLANNED }, async (bench) => {
  const store = bench.store(KMS);
  refuse(bench, 'PutObject', INVALID, 2);
  const upload = store.upload('a', await useContent(bench.t, 'content'), { ifAbsent: true });
  assert.equal(await outcomeOf(upload), '400 InvalidArgument');
  assert.deepEqual(sent(bench, 'if-none-match', 'PutObject'), ['*', '*']);
});

for (const [how, size, operation] of [
  ['one request', 10, 'PutObject'],
  ['parts', PART + 10, 'CreateMultipartUpload'],
] as const) {
  contract(
    `a checksum of ${how} that is refused is sent once, and the MD5 in its place`,
    { embeddedOnly: PLANNED },
    async (bench) => {
      const store = bench.store(KMS);
      refuse(bench, operation, INVALID);
      const content = await useContent(bench.t, bytesOfLength(size));
      for (const key of ['a', 'b']) await store.upload(key, content);
      const bodies = ['PutObject', 'UploadPart'] as const;
      const checksums = sent(bench, 'x-amz-checksum-sha256', ...bodies)?.filter(
        (value) => value !== undefined,
      );
      assert.equal(checksums?.length, operation === 'PutObject' ? 1 : 0);
      const md5s = sent(bench, 'content-md5', ...bodies)?.filter((value) => value !== undefined);
      assert.equal(md5s?.length, 2 * Math.ceil(size / PART));
    },
  );

  contract(
    `a checksum of ${how} that was asked for by its name is never left out`,
    { embeddedOnly: PLANNED },
    async (bench) => {
      refuse(bench, operation, INVALID);
      const content = await useContent(bench.t, bytesOfLength(size));
      const upload = bench.store({ ...ONCE, checksum: 'crc64nvme' }).upload('a', content);
      assert.equal(await outcomeOf(upload), '400 InvalidArgument');
      assert.equal(bench.target.server?.requests.of(operation).length, 1);
    },
  );
}

contract(
  'a HEAD whose checksum mode is refused is asked without from then on',
  { embeddedOnly: PLANNED },
  async (bench) => {
    const store = bench.store(ONCE);
    await store.upload('a', await useContent(bench.t, 'content'));
    // A second time, since it could have been the credentials.
    refuse(bench, 'HeadObject', INVALID, 2);
    for (let n = 0; n < 2; n += 1) assert.equal((await store.head({ key: 'a' })).size, 7);
    assert.deepEqual(sent(bench, 'x-amz-checksum-mode', 'HeadObject'), [
      'ENABLED',
      'ENABLED',
      undefined,
      undefined,
    ]);
  },
);
