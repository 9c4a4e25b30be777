import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { WholeMd5 } from '../../../../src/digest/md5/whole-md5.ts';
import { SignedHttpPartRequests } from '../../../../src/s3/signed-http/part-requests.ts';
import { objectsIn, useBucketClient } from '../../../support/bucket.ts';
import { answer, useAnswers } from '../../../support/raw-server.ts';
import { TEST_BUCKET } from '../../../support/s3-server.ts';
import { endpointAt, useRequests } from './use-requests.ts';
import { assertNothingLeft, etagOf, PART, useUpload } from './use-upload.ts';

test('a completion whose answer was lost counts as done when the object is there', async (t) => {
  const { server, bytes, upload } = await useUpload(t);
  server.faults.plan({ operation: 'CompleteMultipartUpload', do: { kind: 'lost-answer' } });
  assert.deepEqual(await upload().then(({ etag, attempts }) => [etag, attempts]), [etagOf(bytes, PART), 1]);
  assert.equal(server.requests.of('CompleteMultipartUpload').length, 1);
});

test('a completion whose answer was lost and that is unknown when asked again counts as done', async (t) => {
  const { server, bytes, upload } = await useUpload(t);
  server.faults.plan({ operation: 'CompleteMultipartUpload', do: { kind: 'lost-answer' } });
  server.faults.plan({ operation: 'HeadObject', do: { kind: 'error', status: 404, code: 'NoSuchKey' } });
  server.faults.plan({
    operation: 'CompleteMultipartUpload',
    do: { kind: 'error', status: 404, code: 'NoSuchUpload' },
  });
  assert.deepEqual(await upload().then(({ etag, attempts }) => [etag, attempts]), [etagOf(bytes, PART), 2]);
});

test('a completion that failed is not done when another object is there', async (t) => {
  const uploading = await useUpload(t);
  const { server, upload } = uploading;
  const client = useBucketClient(t, server);
  await client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key: 'key', Body: 'of somebody else' }));
  const code = 'InvalidPart';
  server.faults.plan({ operation: 'CompleteMultipartUpload', do: { kind: 'error', status: 400, code } });
  await assert.rejects(upload(), { name: 'StoreError', code });
  assert.equal((await objectsIn(client)).get('key')?.toString(), 'of somebody else');
  await assertNothingLeft(t, uploading);
});

test('a part that fails for good removes what was uploaded, gives back the memory, and has read no more', async (t) => {
  const uploading = await useUpload(t, { size: 12 * PART });
  const { server, content, upload } = uploading;
  server.faults.plan({
    operation: 'UploadPart',
    skip: 2,
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  await assert.rejects(upload(), { code: 'AccessDenied', attempts: 1 });
  assert.ok(server.requests.of('UploadPart').length < 12);
  assert.equal(server.requests.of('CompleteMultipartUpload').length, 0);
  assert.equal(content.bytes, undefined);
  await assertNothingLeft(t, uploading);
});

/** When a file changes, and how many parts it has: two are read together. */
const CHANGES = [
  ['before its first part is read', 'CreateMultipartUpload', 8],
  ['between its parts', 'UploadPart', 8],
  ['after its last part was read', 'UploadPart', 2],
] as const;

for (const [when, operation, parts] of CHANGES) {
  test(`a file that changes ${when} is not completed, and nothing is left`, async (t) => {
    const uploading = await useUpload(t, { size: parts * PART });
    const { server, source, upload } = uploading;
    const run = () => appendFileSync(join(source, 'file'), 'more');
    server.faults.plan({ operation, do: { kind: 'call', run } });
    await assert.rejects(upload(), { name: 'SourceError', code: 'FILE_CHANGED' });
    assert.equal(server.requests.of('CompleteMultipartUpload').length, 0);
    await assertNothingLeft(t, uploading);
  });
}

test('parts that could not be removed are named in the error', async (t) => {
  const { server, upload } = await useUpload(t);
  server.faults.plan({ operation: 'UploadPart', do: { kind: 'error', status: 403, code: 'AccessDenied' } });
  server.faults.plan({
    operation: 'AbortMultipartUpload',
    do: { kind: 'error', status: 403, code: 'NoRight' },
  });
  await assert.rejects(upload(), {
    code: 'AccessDenied',
    message: /parts of upload \S+ could not be removed: .*NoRight/,
  });
});

test('an abort of the run ends the parts in flight, and still removes what was uploaded', async (t) => {
  const made = new AbortController();
  const uploading = await useUpload(t, { size: 12 * PART, requests: { signal: made.signal } });
  const { server, upload } = uploading;
  server.faults.plan({ operation: 'UploadPart', skip: 3, do: { kind: 'call', run: () => made.abort() } });
  await assert.rejects(upload(), { code: 'AbortError' });
  assert.equal(server.requests.of('AbortMultipartUpload').length, 1);
  await assertNothingLeft(t, uploading);
});

test('an error in a 200 that names an ETag, as InvalidPart does, is no success', async (t) => {
  const invalid = '<Error><Code>InvalidPart</Code><Message>m</Message><ETag>&quot;0&quot;</ETag></Error>';
  const { origin } = await useAnswers(t, () => answer(200, invalid));
  const options = {
    path: '/key',
    headers: {},
    customerKey: {},
    conditions: {},
    digests: { md5: true, checksum: undefined },
    look: () => assert.fail(),
  };
  const requests = new SignedHttpPartRequests(useRequests(t, endpointAt(origin)), options);
  const parts = [{ number: 1, etag: '"0"', checksum: undefined }];
  await assert.rejects(requests.complete('id', { parts, checksum: undefined }), { code: 'InvalidPart' });
});

test('an answer without an upload id is asked for again, and is an error in the end', async (t) => {
  const { server, upload } = await useUpload(t);
  server.faults.plan({ operation: 'CreateMultipartUpload', times: 3, do: { kind: 'html-200' } });
  await assert.rejects(upload(), { code: 'NotS3' });
  assert.equal(server.requests.of('UploadPart').length, 0);
});

test('a thread for the MD5 that is lost fails the file, and nothing is left', async (t) => {
  const uploading = await useUpload(t, { size: 2 * PART });
  const { server, content, upload } = uploading;
  const run = async () => {
    await sleep(300);
    await assert.rejects(new WholeMd5().update(5 as never));
  };
  server.faults.plan({ operation: 'UploadPart', do: { kind: 'call', run } });
  await assert.rejects(upload());
  assert.equal(content.md5, undefined);
  assert.equal(server.requests.of('CompleteMultipartUpload').length, 0);
  await assertNothingLeft(t, uploading);
});
