import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { startS3Server } from '../../../src/s3-server/index.ts';
import { TEST_BUCKET as Bucket, useS3Server } from '../../support/s3-server.ts';
import { callRaw, outcomeOf, useClient } from './client.ts';

const Key = 'key';
const MD5_OF_X = `"${createHash('md5').update('x').digest('hex')}"`;

function put(client: S3Client, Body: string | Buffer = 'x') {
  return client.send(new PutObjectCommand({ Bucket, Key, Body }));
}

function head(client: S3Client) {
  return client.send(new HeadObjectCommand({ Bucket, Key }));
}

async function read(client: S3Client): Promise<string | undefined> {
  return (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
}

/** Rejections that come from the connection, not from S3. */
async function breaks(call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => !(error instanceof S3ServiceException));
}

test('error answers with any status, code and headers, and stores nothing', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  const headers = { 'retry-after': '7' };
  server.faults.plan({ operation: 'PutObject', do: { kind: 'error', status: 400, code: 'ExpiredToken' } });
  assert.equal(await outcomeOf(put(client)), '400 ExpiredToken');
  server.faults.plan({
    operation: 'HeadObject',
    do: { kind: 'error', status: 503, code: 'SlowDown', headers },
  });
  const answer = await callRaw(server, { method: 'HEAD', path: `/${Bucket}/${Key}` });
  assert.deepEqual([answer.status, answer.text, answer.headers['retry-after']], [503, '', '7']);
  assert.equal(await outcomeOf(head(client)), '404 NotFound');
});

test('error-in-200 is an error to the SDK', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const target = { Bucket, Key, UploadId };
  const { ETag } = await client.send(new UploadPartCommand({ ...target, PartNumber: 1, Body: 'x' }));
  server.faults.plan({
    operation: 'CompleteMultipartUpload',
    do: { kind: 'error-in-200', code: 'InternalError' },
  });
  const complete = () =>
    client.send(
      new CompleteMultipartUploadCommand({
        ...target,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      }),
    );
  await assert.rejects(complete(), { name: 'InternalError' });
  assert.equal(await outcomeOf(complete()), 'ok');
});

test('delay and call go on, in order, and may strike together with another', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  const calls: unknown[] = [];
  server.faults.plan({ operation: 'PutObject', do: { kind: 'delay', ms: 60 } });
  server.faults.plan({
    operation: 'PutObject',
    do: { kind: 'call', run: async (target) => void calls.push(target, await outcomeOf(head(client))) },
  });
  server.faults.plan({ operation: 'PutObject', do: { kind: 'wrong-etag' } });
  const startedAt = Date.now();
  assert.notEqual((await put(client)).ETag, MD5_OF_X);
  assert.ok(Date.now() - startedAt >= 59);
  assert.deepEqual(calls, [{ operation: 'PutObject', bucket: Bucket, key: Key }, '404 NotFound']);
});

test('reset cuts the connection in mid-body, and the object before stays', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server, { requestHandler: {} });
  await put(client, 'before');
  server.faults.plan({ operation: 'PutObject', do: { kind: 'reset', afterBytes: 100_000 } });
  await breaks(put(client, Buffer.alloc(1_000_000)));
  const [, cut] = server.requests.of('PutObject');
  assert.equal(cut?.status, 0);
  assert.ok((cut?.bodyBytes ?? 0) >= 100_000 && (cut?.bodyBytes ?? 0) < 1_000_000);
  assert.equal(await read(client), 'before');
});

test('reset-response cuts the answer', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  await put(client, Buffer.alloc(1_000_000));
  server.faults.plan({ operation: 'GetObject', do: { kind: 'reset-response', afterBytes: 70_000 } });
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  let received = 0;
  await assert.rejects(async () => {
    for await (const bytes of Body as AsyncIterable<Uint8Array>) received += bytes.length;
  });
  assert.equal(received, 70_000);
});

test('reset-response withholds all of an answer without a body, and the last byte of one with', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  server.faults.plan({ operation: '*', times: 3, do: { kind: 'reset-response', afterBytes: 1_000_000 } });
  await breaks(put(client));
  await breaks(head(client));
  await breaks(read(client));
  assert.equal(await read(client), 'x');
});

test('a request that fails authentication is never struck', async (t) => {
  const server = await useS3Server(t);
  const planned = server.faults.plan({ operation: '*', do: { kind: 'stall' } });
  const get = { method: 'GET', path: `/${Bucket}/${Key}`, secretAccessKey: 'wrong' };
  assert.equal((await callRaw(server, get)).code, 'SignatureDoesNotMatch');
  assert.equal(planned.fired, 0);
  server.faults.clear();
});

test('stall never answers', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  const planned = server.faults.plan({ operation: 'PutObject', do: { kind: 'stall' } });
  const abort = new AbortController();
  const call = client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }), { abortSignal: abort.signal });
  const broken = breaks(call);
  while (planned.fired === 0) await sleep(10);
  setTimeout(() => abort.abort(), 100);
  await broken;
  assert.equal(await outcomeOf(head(client)), '404 NotFound');
});

test('wrong-etag changes one answer, random-etag the stored ETag', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  server.faults.plan({ operation: 'PutObject', do: { kind: 'wrong-etag' } });
  assert.notEqual((await put(client)).ETag, MD5_OF_X);
  assert.equal((await head(client)).ETag, MD5_OF_X);
  server.faults.plan({ operation: 'ListObjectsV2', do: { kind: 'wrong-etag' } });
  const listed = async () => (await client.send(new ListObjectsV2Command({ Bucket }))).Contents?.[0]?.ETag;
  assert.notEqual(await listed(), MD5_OF_X);
  assert.equal(await listed(), MD5_OF_X);
  server.faults.plan({ operation: 'PutObject', do: { kind: 'random-etag' } });
  const { ETag } = await put(client);
  assert.notEqual(ETag, MD5_OF_X);
  assert.equal((await head(client)).ETag, ETag);
});

test('flip-byte answers rightly and stores something else', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  server.faults.plan({ operation: 'PutObject', do: { kind: 'flip-byte' } });
  assert.equal((await put(client)).ETag, MD5_OF_X);
  assert.equal((await head(client)).ETag, MD5_OF_X);
  const got = await callRaw(server, { method: 'GET', path: `/${Bucket}/${Key}` });
  assert.equal(got.text, 'y');
});

test('vanish answers rightly and stores, completes and deletes nothing', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  server.faults.plan({ operation: 'PutObject', do: { kind: 'vanish' } });
  server.faults.plan({ operation: 'DeleteObject', do: { kind: 'vanish' } });
  assert.equal((await put(client)).ETag, MD5_OF_X);
  assert.equal(await outcomeOf(head(client)), '404 NotFound');
  await put(client);
  await client.send(new DeleteObjectCommand({ Bucket, Key }));
  assert.equal((await head(client)).ETag, MD5_OF_X);
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const target = { Bucket, Key, UploadId };
  const { ETag } = await client.send(new UploadPartCommand({ ...target, PartNumber: 1, Body: 'y' }));
  server.faults.plan({ operation: 'CompleteMultipartUpload', do: { kind: 'vanish' } });
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  assert.equal(
    await outcomeOf(client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload }))),
    'ok',
  );
  assert.equal(await read(client), 'x');
});

test('lost-answer performs and closes the connection', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  server.faults.plan({ operation: 'PutObject', do: { kind: 'lost-answer' } });
  await breaks(put(client));
  assert.equal(await read(client), 'x');
});

test('html-200 and no-etag-204 look like success to the SDK and store nothing', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  for (const kind of ['html-200', 'no-etag-204'] as const) {
    server.faults.plan({ operation: 'PutObject', do: { kind } });
    const answer = await put(client);
    assert.equal(answer.ETag, undefined);
    assert.equal(answer.$metadata.httpStatusCode, kind === 'html-200' ? 200 : 204);
  }
  assert.equal(await outcomeOf(head(client)), '404 NotFound');
});

test('plans are about keys and operations, skip some and end after their times', async (t) => {
  const server = await useS3Server(t);
  const { faults } = server;
  const client = useClient(t, server);
  const error = { kind: 'error', status: 409, code: 'Planned' } as const;
  const byText = faults.plan({ operation: 'PutObject', key: 'a', skip: 1, times: 2, do: error });
  const byPattern = faults.plan({ operation: '*', key: /^b\d$/g, times: 2, do: error });
  const outcomes = async (...keys: string[]) => {
    const calls: string[] = [];
    for (const Key of keys)
      calls.push(await outcomeOf(client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))));
    return calls.map((outcome) => outcome === 'ok');
  };
  assert.deepEqual(await outcomes('a', 'b', 'a', 'a', 'a'), [true, true, false, false, true]);
  assert.deepEqual(await outcomes('b1', 'xb1', 'b2', 'b3'), [false, true, false, true]);
  assert.deepEqual([byText.fired, byPattern.fired], [2, 2]);
});

test('a storm with a seed strikes the same requests again', async (t) => {
  const storm = async (seed: number) => {
    const server = await useS3Server(t);
    const client = useClient(t, server);
    const action = { kind: 'error', status: 409, code: 'Planned' } as const;
    server.faults.plan({ operation: 'HeadObject', probability: 0.3, seed, do: action });
    const calls: string[] = [];
    for (let i = 0; i < 60; i++) calls.push(await outcomeOf(head(client)));
    return calls.map((outcome) => (outcome.startsWith('409') ? 'x' : '.')).join('');
  };
  const first = await storm(42);
  assert.equal(await storm(42), first);
  assert.notEqual(await storm(43), first);
  const struck = first.replaceAll('.', '').length;
  assert.ok(struck > 6 && struck < 32, first);
});

test('assertAllFired names the plans that never fired', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  server.faults.plan({ operation: 'PutObject', do: { kind: 'delay', ms: 1 } });
  server.faults.plan({ operation: ['GetObject', 'HeadObject'], key: /odd/, do: { kind: 'stall' } });
  await put(client);
  const message = 'planned faults never fired: stall at GetObject|HeadObject of /odd/';
  assert.throws(() => server.faults.assertAllFired(), { message });
  server.faults.clear();
  server.faults.assertAllFired();
});

test('requests are recorded without secrets, and only when asked for', async (t) => {
  const server = await useS3Server(t);
  await put(useClient(t, server), 'four');
  const { body, ...first } = { body: 4, ...server.requests[0] };
  assert.deepEqual(
    [first.operation, first.method, first.bucket, first.key, first.status, first.bodyBytes],
    ['PutObject', 'PUT', Bucket, Key, 200, body],
  );
  assert.ok(first.headers && 'x-amz-date' in first.headers && !('authorization' in first.headers));
  assert.equal(server.requests.of('GetObject').length, 0);
  server.requests.clear();
  assert.equal(server.requests.length, 0);

  const silent = await useS3Server(t, { recordRequests: false });
  await put(useClient(t, silent));
  assert.equal(silent.requests.length, 0);
});

test('close ends connections that are stalled', async (t) => {
  const server = await useS3Server(t);
  const other = await startS3Server({ directory: `${server.directory}-other`, buckets: [Bucket] });
  t.after(() => rm(other.directory, { recursive: true }));
  const planned = other.faults.plan({ operation: 'PutObject', do: { kind: 'stall' } });
  const broken = breaks(put(useClient(t, other)));
  while (planned.fired === 0) await sleep(10);
  await other.close();
  await broken;
  assert.equal(await outcomeOf(put(useClient(t, server))), 'ok');
});
