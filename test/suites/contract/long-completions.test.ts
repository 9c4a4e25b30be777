/** Completions that take long, or whose answer does not come, and uploads that are gone in the middle. */
import assert from 'node:assert/strict';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { FaultAction } from '../../../src/s3-server/index.ts';
import { contract } from './support/contract.ts';
import { bytesOfLength, useContent, useSource } from './support/source.ts';
import { PART, type Target } from './support/target.ts';
import {
  assertHolds,
  assertNothingLeft,
  headOf,
  keysIn,
  outcomeOf,
  partsEtagOf,
  storeErrorOf,
  unfinishedIn,
} from './support/truth.ts';

const embeddedOnly = 'a real store does not fail on purpose';
const bytes = bytesOfLength(2 * PART + 7);

const completions = ({ server }: Target) => server?.requests.of('CompleteMultipartUpload').length;
const aborts = ({ server }: Target) => server?.requests.of('AbortMultipartUpload').length;

contract(
  'a completion may take more than five minutes as long as bytes keep coming',
  { embeddedOnly },
  async ({ t, target, store }) => {
    let hoursLater = 0;
    const { now } = Date;
    t.mock.method(Date, 'now', () => now() + hoursLater * 3_600_000);
    const later: FaultAction = {
      kind: 'call',
      run: () => {
        hoursLater = 1;
      },
    };
    const operation = 'CompleteMultipartUpload';
    target.server?.faults.plan({ operation, do: later });
    // Deadlines are looked at once a second.
    target.server?.faults.plan({ operation, do: { kind: 'spaces', ms: 2_500 } });
    const { etag, attempts } = await store().upload('key', await useContent(t, bytes));
    assert.deepEqual([etag, attempts, completions(target)], [partsEtagOf(bytes), 1, 1]);
    await assertHolds(target, 'key', bytes);
  },
);

contract(
  'an error at the end of a completion that wrote spaces is no success',
  { embeddedOnly },
  async ({ t, target, store }) => {
    const spoil: FaultAction = { kind: 'call', run: () => abortAll(target) };
    const operation = 'CompleteMultipartUpload';
    target.server?.faults.plan({ operation, times: 99, do: spoil });
    target.server?.faults.plan({ operation, times: 99, do: { kind: 'spaces', ms: 100 } });
    const upload = store().upload('key', await useContent(t, bytes));
    assert.match(await outcomeOf(upload), / NoSuchUpload$/);
    await assertNothingLeft(target);
  },
);

for (const [what, fault] of Object.entries<FaultAction>({
  'gets no answer, and that the store goes on with,': { kind: 'late', ms: 700 },
  'is cut off before the store has begun': { kind: 'reset', afterBytes: 10 },
  'only a gateway answers': { kind: 'page', status: 504 },
})) {
  contract(
    `a completion that ${what} is looked for under its key, and neither asked for again nor aborted meanwhile`,
    { embeddedOnly },
    async ({ t, target, store }) => {
      const operation = 'CompleteMultipartUpload';
      const goesOn = fault.kind === 'late';
      target.server?.faults.plan({ operation, do: fault });
      const upload = store({ completionLookSeconds: goesOn ? 60 : 0.5 }).upload(
        'key',
        await useContent(t, bytes),
      );
      const { etag, attempts } = await upload;
      assert.equal(etag, partsEtagOf(bytes));
      assert.deepEqual([attempts, completions(target)], goesOn ? [1, 1] : [2, 2]);
      // Where the object is found, an abort makes sure that no parts are left.
      assert.equal(aborts(target), goesOn ? 1 : 0);
      const looks = target.server?.requests.of('HeadObject').length ?? 0;
      assert.ok(looks >= 2, `${looks} looks`);
      await assertHolds(target, 'key', bytes);
      assert.deepEqual(await unfinishedIn(target), []);
    },
  );
}

contract(
  'where nobody answers, and nothing comes, the parts are removed at last',
  { embeddedOnly },
  async ({ t, target, store }) => {
    const operation = 'CompleteMultipartUpload';
    target.server?.faults.plan({ operation, times: 9, do: { kind: 'reset', afterBytes: 10 } });
    const upload = store({ completionLookSeconds: 0.2 }).upload('key', await useContent(t, bytes));
    assert.match(await outcomeOf(upload), /^no answer E(CONNRESET|PIPE)$/);
    assert.equal(completions(target), 2);
    await assertNothingLeft(target);
  },
);

contract(
  'an object that is complete only after the last look is found after the abort',
  { embeddedOnly },
  async ({ t, target, store }) => {
    const operation = 'CompleteMultipartUpload';
    target.server?.faults.plan({ operation, do: { kind: 'lost-answer' } });
    // Nothing is to be seen of it before.
    target.server?.faults.plan({
      operation: 'HeadObject',
      do: { kind: 'error', status: 404, code: 'NoSuchKey' },
    });
    const { etag } = await store({ maxAttempts: 1 }).upload('key', await useContent(t, bytes));
    assert.equal(etag, partsEtagOf(bytes));
    assert.equal(aborts(target), 1);
    await assertHolds(target, 'key', bytes);
  },
);

contract(
  'the end of the run ends the looking, and does not abort what may be under way',
  { embeddedOnly },
  async ({ t, target, store }) => {
    const stop = new AbortController();
    const operation = 'CompleteMultipartUpload';
    target.server?.faults.plan({ operation, do: { kind: 'late', ms: 4_000 } });
    target.server?.faults.plan({
      operation: 'HeadObject',
      skip: 1,
      do: { kind: 'call', run: () => stop.abort() },
    });
    const options = { completionLookSeconds: 600, signal: stop.signal };
    const { message } = await storeErrorOf(store(options).upload('key', await useContent(t, bytes)));
    assert.match(message, /its completion may be under way, so the parts of upload \S+ were not removed/);
    assert.equal(aborts(target), 0);
    while ((await keysIn(target)).length === 0);
    await assertHolds(target, 'key', bytes);
  },
);

contract(
  'a run that has ended before the completion leaves no parts',
  { embeddedOnly },
  async ({ t, target, store }) => {
    const stop = new AbortController();
    target.server?.faults.plan({
      operation: 'UploadPart',
      skip: 2,
      do: { kind: 'call', run: () => stop.abort() },
    });
    const options = { completionLookSeconds: 600, signal: stop.signal };
    assert.equal(
      (await storeErrorOf(store(options).upload('key', await useContent(t, bytes)))).code,
      'AbortError',
    );
    await assertNothingLeft(target);
  },
);

/** Ends every upload that is under way, as another program may. */
async function abortAll({ client, bucket: Bucket }: Target): Promise<void> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of Uploads)
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
}

/** Uploads the bytes in parts, as another machine does that has taken over the upload. */
async function uploadElsewhere({ client, bucket: Bucket }: Target, Key: string): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (let at = 0; at < bytes.length; at += PART) {
    const PartNumber = Parts.length + 1;
    const Body = bytes.subarray(at, at + PART);
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  await client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
}

/** With two parts in memory at once, the others are read when the first are sent. */
const memory = 2 * PART;
const once = (run: () => Promise<void>): FaultAction => ({ kind: 'call', run });

for (const resume of [false, true]) {
  contract(
    `an upload that somebody else has aborted in the middle is begun anew, once (resume: ${resume})`,
    { embeddedOnly },
    async ({ t, target, store }) => {
      target.server?.faults.plan({
        operation: 'UploadPart',
        skip: 1,
        do: once(() => abortAll(target)),
      });
      const { content } = await useSource(t, bytes, { memory });
      const { etag, attempts, resumedBytes } = await store({ resume }).upload('key', content);
      assert.deepEqual([etag, attempts, resumedBytes], [partsEtagOf(bytes), 2, 0]);
      assert.equal(target.server?.requests.of('CreateMultipartUpload').length, 2);
      await assertHolds(target, 'key', bytes);
      assert.deepEqual(await unfinishedIn(target), []);
    },
  );
}

contract(
  'an upload that is aborted just before its completion is begun anew, too',
  { embeddedOnly },
  async ({ t, target, store }) => {
    target.server?.faults.plan({
      operation: 'CompleteMultipartUpload',
      do: once(() => abortAll(target)),
    });
    const { etag, attempts } = await store().upload('key', await useContent(t, bytes));
    assert.deepEqual([etag, attempts], [partsEtagOf(bytes), 2]);
    await assertHolds(target, 'key', bytes);
  },
);

contract(
  'an upload that is aborted again and again fails, and leaves nothing',
  { embeddedOnly },
  async ({ t, target, store }) => {
    target.server?.faults.plan({ operation: 'UploadPart', times: 99, do: once(() => abortAll(target)) });
    const upload = store().upload('key', await useContent(t, bytes));
    assert.equal(await outcomeOf(upload), '404 NoSuchUpload');
    assert.equal(target.server?.requests.of('CreateMultipartUpload').length, 2);
    await assertNothingLeft(target);
  },
);

contract(
  'an upload that is gone because the same content came under the key is done, and nothing is sent again',
  { embeddedOnly },
  async ({ t, target, store }) => {
    const run = async () => {
      await uploadElsewhere(target, 'key');
      await abortAll(target);
    };
    target.server?.faults.plan({ operation: 'UploadPart', skip: 1, do: once(run) });
    const { content } = await useSource(t, bytes, { memory });
    const { etag, partsEtag } = await store().upload('key', content);
    assert.deepEqual([etag, partsEtag], [partsEtagOf(bytes), partsEtagOf(bytes)]);
    assert.equal(content.md5?.length, 32);
    // One of ours, and that of elsewhere.
    assert.equal(target.server?.requests.of('CreateMultipartUpload').length, 2);
    assert.equal(completions(target), 1);
    await assertHolds(target, 'key', bytes);
  },
);

contract(
  'other content of the same length does not pass for it, and what must be under the key still counts',
  { embeddedOnly },
  async ({ t, target, store }) => {
    const other = Buffer.alloc(bytes.length, 'other');
    const { client, bucket: Bucket } = target;
    const run = async () => {
      await client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: other }));
      await abortAll(target);
    };
    target.server?.faults.plan({ operation: 'UploadPart', skip: 1, do: once(run) });
    const { content } = await useSource(t, bytes, { memory });
    assert.equal(
      await outcomeOf(store().upload('key', content, { ifAbsent: true })),
      '412 PreconditionFailed',
    );
    await assertHolds(target, 'key', other);
    assert.deepEqual(await unfinishedIn(target), []);
    assert.equal((await headOf(target, 'key')).ContentLength, bytes.length);
  },
);
