/** What becomes of the parts of an upload that fails: they are kept where a later run can go on from them. */
import assert from 'node:assert/strict';
import { appendFileSync, utimesSync } from 'node:fs';
import type { FaultAction } from '../../../src/s3-server/index.ts';
import { SourceError } from '../../../src/source/source-error.ts';
import { KMS } from './support/capabilities.ts';
import { contract } from './support/contract.ts';
import { bytesOfLength, openSource, useContent, useSource } from './support/source.ts';
import { PART } from './support/target.ts';
import {
  assertHolds,
  assertNothingLeft,
  headOf,
  outcomeOf,
  storeErrorOf,
  unfinishedIn,
} from './support/truth.ts';
import { beginUpload } from './support/unfinished.ts';

const FAULTS = 'a real store does not fail on purpose';
/** With two parts in memory at once the last one is sent when all others are there. */
const bytes = bytesOfLength(4 * PART + 7);
const memory = 2 * PART;
const RESUME = { resume: true, maxAttempts: 1 };

const error = (status: number, code: string): FaultAction => ({ kind: 'error', status, code });

for (const [what, fault] of Object.entries<FaultAction>({
  'a store that is down': error(503, 'ServiceUnavailable'),
  'a connection that breaks': { kind: 'reset', afterBytes: 1000 },
  'a page of a proxy': { kind: 'html-200' },
  'a session that has expired': error(403, 'ExpiredToken'),
  'bytes that were damaged on their way': error(400, 'BadDigest'),
})) {
  contract(
    `after ${what} the parts are kept, and the next upload sends the rest`,
    { embeddedOnly: FAULTS },
    async ({ t, target, store }) => {
      const { content } = await useSource(t, bytes, { memory });
      target.server?.faults.plan({ operation: 'UploadPart', skip: 4, do: fault });
      const { message } = await storeErrorOf(store(RESUME).upload('key', content));
      assert.match(message, /its parts are kept/);
      assert.deepEqual(await unfinishedIn(target), ['key']);
      assert.equal(target.server?.requests.of('AbortMultipartUpload').length, 0);
      const { resumedBytes } = await store(RESUME).upload('key', content);
      assert.equal(resumedBytes, 4 * PART);
      await assertHolds(target, 'key', bytes);
      assert.deepEqual(await unfinishedIn(target), []);
    },
  );
}

contract(
  'after a completion that failed the parts are kept, and only the completion is asked for again',
  { embeddedOnly: FAULTS },
  async ({ t, target, store }) => {
    const content = await useContent(t, bytes);
    target.server?.faults.plan({ operation: 'CompleteMultipartUpload', do: error(500, 'InternalError') });
    assert.equal(await outcomeOf(store(RESUME).upload('key', content)), '500 InternalError');
    const { resumedBytes } = await store(RESUME).upload('key', content);
    assert.equal(resumedBytes, bytes.length);
    assert.equal(target.server?.requests.of('UploadPart').length, 5);
  },
);

for (const [what, operation, fault, outcome] of [
  ['a part is forbidden', 'UploadPart', error(403, 'AccessDenied'), '403 AccessDenied'],
  ['a part is refused', 'UploadPart', error(400, 'InvalidArgument'), '400 InvalidArgument'],
  [
    'another object is under the key',
    'CompleteMultipartUpload',
    error(412, 'PreconditionFailed'),
    '412 PreconditionFailed',
  ],
] as const) {
  contract(
    `where ${what} no other run can do better, and no parts are left`,
    { embeddedOnly: FAULTS },
    async ({ t, target, store }) => {
      target.server?.faults.plan({ operation, do: fault });
      const upload = store(RESUME).upload('key', await useContent(t, bytes));
      assert.equal(await outcomeOf(upload), outcome);
      await assertNothingLeft(target);
    },
  );
}

contract('of a file that changed no parts are kept', {}, async ({ t, target, store }) => {
  let read = 0;
  const onRead = (count: number) => {
    if (read < 3 * PART && read + count >= 3 * PART) appendFileSync(path, 'more');
    read += count;
  };
  const { path, content } = await useSource(t, bytes, { memory, onRead });
  await assert.rejects(
    store({ resume: true }).upload('key', content),
    (thrown) => thrown instanceof SourceError && thrown.code === 'FILE_CHANGED',
  );
  await assertNothingLeft(target);
});

contract(
  'the end of the run keeps the parts, and without resume it removes them',
  { embeddedOnly: FAULTS },
  async ({ t, target, store }) => {
    for (const resume of [true, false]) {
      const run = new AbortController();
      target.server?.faults.plan({
        operation: 'UploadPart',
        skip: 2,
        do: { kind: 'call', run: () => run.abort() },
      });
      const options = { ...RESUME, resume, signal: run.signal };
      const { content } = await useSource(t, bytes, { memory });
      await storeErrorOf(store(options).upload(`${resume}`, content));
    }
    assert.deepEqual(await unfinishedIn(target), ['true']);
  },
);

contract(
  'where unfinished uploads may not be listed the file is sent, and a failure leaves nothing',
  { embeddedOnly: FAULTS },
  async ({ t, target, store }) => {
    const denied = { operation: 'ListMultipartUploads', do: error(403, 'AccessDenied') } as const;
    target.server?.faults.plan(denied);
    target.server?.faults.plan({ operation: 'UploadPart', do: error(500, 'InternalError') });
    const content = await useContent(t, bytes);
    assert.equal(await outcomeOf(store(RESUME).upload('key', content)), '500 InternalError');
    await assertNothingLeft(target);
    target.server?.faults.plan(denied);
    assert.equal((await store(RESUME).upload('key', content)).resumedBytes, 0);
    await assertHolds(target, 'key', bytes);
  },
);

contract(
  'where ETags are no MD5s (SSE-KMS) parts are known again by their checksums',
  { embeddedOnly: 'Ceph keeps no checksums' },
  async ({ t, target, store }) => {
    const { content } = await useSource(t, bytes, { memory });
    target.server?.faults.plan({ operation: 'UploadPart', skip: 4, do: error(503, 'SlowDown') });
    const options = { ...RESUME, object: KMS };
    await storeErrorOf(store(options).upload('key', content));
    assert.equal((await store(options).upload('key', content)).resumedBytes, 4 * PART);
    await assertHolds(target, 'key', bytes);
  },
);

for (const [what, parts, begun] of [
  ['some parts', [1, 2], bytes],
  ['no part', [], bytes],
  ['other parts', [1, 2, 3, 4, 5], Buffer.alloc(bytes.length, 'not it')],
] as const) {
  contract(
    `an upload with ${what} that was begun without the encryption that is asked for now is removed, and the next one is whole`,
    { embeddedOnly: 'Ceph keeps no checksums' },
    async ({ t, target, store }) => {
      const { path, content } = await useSource(t, bytes);
      await beginUpload(target, { bytes: begun, parts, checksum: 'sha256' });
      utimesSync(path, 1, 1);
      const options = { ...RESUME, object: KMS };
      const upload = async () => store(options).upload('key', await openSource(t, path));
      content.close();
      assert.equal((await storeErrorOf(upload())).code, 'OtherEncryption');
      await assertNothingLeft(target);
      assert.equal((await upload()).resumedBytes, 0);
      assert.equal((await headOf(target, 'key')).ServerSideEncryption, 'aws:kms');
    },
  );
}

contract(
  'an upload without the checksums that would be sent now is left alone',
  { embeddedOnly: FAULTS },
  async ({ t, target, store }) => {
    const content = await useContent(t, bytes);
    target.server?.faults.plan({ operation: 'CompleteMultipartUpload', do: error(500, 'InternalError') });
    await storeErrorOf(store(RESUME).upload('key', content));
    assert.equal((await store({ ...RESUME, object: KMS }).upload('key', content)).resumedBytes, 0);
    assert.deepEqual(await unfinishedIn(target), ['key']);
  },
);

contract(
  'a completion with SSE-KMS whose answer was lost is decided by the checksum of what is there',
  { embeddedOnly: FAULTS },
  async ({ t, target, store }) => {
    const { server } = target;
    server?.faults.plan({ operation: 'CompleteMultipartUpload', do: { kind: 'lost-answer' } });
    const gone = error(404, 'NoSuchUpload');
    server?.faults.plan({ operation: 'CompleteMultipartUpload', do: gone });
    server?.faults.plan({ operation: 'HeadObject', do: error(404, 'NoSuchKey') });
    const content = await useContent(t, bytes);
    const { etag, partsEtag } = await store({ object: KMS }).upload('key', content);
    assert.notEqual(etag, partsEtag);
    await assertHolds(target, 'key', bytes);
    assert.deepEqual(await unfinishedIn(target), []);
  },
);
