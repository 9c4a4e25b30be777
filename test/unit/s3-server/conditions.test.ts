import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { TEST_BUCKET as Bucket, useS3Server } from '../../support/s3-server.ts';
import { outcomeOf, signRaw, useClient } from './client.ts';

const Key = 'key';

test('of 20 writers with If-None-Match exactly one wins', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const put = (i: number) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: `${i}`, IfNoneMatch: '*' }));
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => outcomeOf(put(i))));
  assert.deepEqual(outcomes.toSorted(), [...Array(19).fill('412 PreconditionFailed'), 'ok']);
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  assert.equal(await Body?.transformToString(), `${outcomes.indexOf('ok')}`);
});

test('of 20 completions with If-None-Match exactly one wins', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const complete = async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const target = { Bucket, Key, UploadId };
    const { ETag } = await client.send(new UploadPartCommand({ ...target, PartNumber: 1, Body: 'x' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    return new CompleteMultipartUploadCommand({ ...target, MultipartUpload, IfNoneMatch: '*' });
  };
  const commands = await Promise.all(Array.from({ length: 20 }, complete));
  const outcomes = await Promise.all(commands.map((command) => outcomeOf(client.send(command))));
  assert.deepEqual(outcomes.toSorted(), [...Array(19).fill('412 PreconditionFailed'), 'ok']);
});

test('If-Match lets a write through only over the object it names', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const put = (IfMatch?: string) => client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', IfMatch }));
  assert.equal(await outcomeOf(put('"etag"')), '404 NoSuchKey');
  const { ETag } = await put();
  assert.equal(await outcomeOf(put('"etag"')), '412 PreconditionFailed');
  assert.equal(await outcomeOf(put(ETag)), 'ok');
});

test('reads answer 304 and 412 by ETag and by date', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const head = async (input: object) => {
    const outcome = await outcomeOf(client.send(new HeadObjectCommand({ Bucket, Key, ...input })));
    return outcome.split(' ')[0];
  };
  const [past, future] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
  assert.equal(await head({ IfNoneMatch: ETag }), '304');
  assert.equal(await head({ IfNoneMatch: '"other"' }), 'ok');
  assert.equal(await head({ IfMatch: '"other"' }), '412');
  assert.equal(await head({ IfMatch: ETag, IfUnmodifiedSince: past }), 'ok');
  assert.equal(await head({ IfUnmodifiedSince: past }), '412');
  assert.equal(await head({ IfModifiedSince: future }), '304');
  assert.equal(await head({ IfModifiedSince: past }), 'ok');
});

test('ranges are cut out, and one outside the object is 416', async (t) => {
  const client = useClient(t, await useS3Server(t));
  await client.send(new PutObjectCommand({ Bucket, Key, Body: '0123456789' }));
  const read = async (Range: string) => {
    const { Body, ContentRange } = await client.send(new GetObjectCommand({ Bucket, Key, Range }));
    return [await Body?.transformToString(), ContentRange];
  };
  assert.deepEqual(await read('bytes=2-4'), ['234', 'bytes 2-4/10']);
  assert.deepEqual(await read('bytes=8-'), ['89', 'bytes 8-9/10']);
  assert.deepEqual(await read('bytes=-3'), ['789', 'bytes 7-9/10']);
  assert.deepEqual(await read('bytes=8-99'), ['89', 'bytes 8-9/10']);
  assert.deepEqual(await read('lines=1-2'), ['0123456789', undefined]);
  assert.equal(await outcomeOf(read('bytes=10-')), '416 InvalidRange');
});

test('a body that breaks off leaves no object, and keeps the one before', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  await client.send(new PutObjectCommand({ Bucket, Key: 'old', Body: 'old' }));
  for (const key of ['old', 'new']) {
    const raw = { method: 'PUT', path: `/${Bucket}/${key}`, headers: { 'content-length': '1000000' } };
    const { headers } = signRaw(server, { ...raw, payloadHash: 'UNSIGNED-PAYLOAD' });
    await new Promise<void>((resolve) => {
      const sent = request({ port: server.port, ...raw, headers });
      sent.on('error', () => resolve());
      sent.write(Buffer.alloc(500_000), () => sent.destroy());
    });
  }
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'old' }));
  assert.equal(await Body?.transformToString(), 'old');
  assert.equal(await outcomeOf(client.send(new HeadObjectCommand({ Bucket, Key: 'new' }))), '404 NotFound');
});
