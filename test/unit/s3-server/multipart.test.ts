import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { TEST_BUCKET as Bucket, useS3Server } from '../../support/s3-server.ts';
import { outcomeOf, useClient } from './client.ts';

const Key = 'multi/part';
const PARTS = [Buffer.alloc(5 * 2 ** 20, 'one'), Buffer.alloc(5 * 2 ** 20 + 1, 'two'), Buffer.from('three')];
const WHOLE = Buffer.concat(PARTS);

function md5(bytes: Buffer): Buffer {
  return createHash('md5').update(bytes).digest();
}

function crc32Of(bytes: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}

async function start(
  client: S3Client,
  bodies: Buffer[],
  create: Partial<CreateMultipartUploadCommandInput> = {},
) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...create }));
  const Parts: CompletedPart[] = [];
  for (const [i, Body] of bodies.entries()) {
    const part = { Bucket, Key, UploadId, PartNumber: i + 1 };
    const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand({ ...part, Body }));
    Parts.push({ PartNumber: i + 1, ETag, ChecksumCRC32 });
  }
  const complete = (more: Partial<CompleteMultipartUploadCommandInput> = {}) =>
    client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }),
    );
  return { UploadId, Parts, complete };
}

test('the ETag is the MD5 of the body, or of the MD5s of the parts', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const put = await client.send(new PutObjectCommand({ Bucket, Key: 'single', Body: WHOLE }));
  assert.equal(put.ETag, `"${md5(WHOLE).toString('hex')}"`);
  const { complete } = await start(client, PARTS);
  const expected = `"${md5(Buffer.concat(PARTS.map(md5))).toString('hex')}-3"`;
  assert.equal((await complete()).ETag, expected);
  const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
  assert.deepEqual([head.ETag, head.ContentLength], [expected, WHOLE.length]);
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'multi' }));
  assert.deepEqual([Contents?.[0]?.ETag, Contents?.[0]?.Size], [expected, WHOLE.length]);
});

test('the ETag is no MD5 with KMS, with a bucket that defaults to it, or with a customer key', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const key = Buffer.alloc(32, 7);
  const customer = {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: key.toString('base64'),
    SSECustomerKeyMD5: md5(key).toString('base64'),
  };
  const Body = Buffer.from('secret');
  const kms = await client.send(new PutObjectCommand({ Bucket, Key, Body, ServerSideEncryption: 'aws:kms' }));
  const ssec = await client.send(new PutObjectCommand({ Bucket, Key: 'ssec', Body, ...customer }));
  for (const etag of [kms.ETag, ssec.ETag]) {
    assert.match(etag ?? '', /^"[0-9a-f]{32}"$/);
    assert.notEqual(etag, `"${md5(Body).toString('hex')}"`);
  }
  const bare = client.send(new GetObjectCommand({ Bucket, Key: 'ssec' }));
  assert.equal(await outcomeOf(bare), '400 InvalidRequest');
  const got = await client.send(new GetObjectCommand({ Bucket, Key: 'ssec', ...customer }));
  assert.equal(await got.Body?.transformToString(), 'secret');
});

test('parts are read in order, as a whole, by range and by number', async (t) => {
  const client = useClient(t, await useS3Server(t));
  await (await start(client, PARTS)).complete();
  const read = async (more: { Range?: string; PartNumber?: number }) => {
    const { Body, PartsCount } = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
    return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), PartsCount };
  };
  assert.ok((await read({})).bytes.equals(WHOLE));
  const [from, to] = [5 * 2 ** 20 - 3, 10 * 2 ** 20 + 3];
  assert.ok((await read({ Range: `bytes=${from}-${to}` })).bytes.equals(WHOLE.subarray(from, to + 1)));
  assert.deepEqual(await read({ PartNumber: 3 }), { bytes: PARTS[2], PartsCount: 3 });
});

test('a composite checksum covers those of the parts, and each must be named', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const { Parts, complete } = await start(client, PARTS, { ChecksumAlgorithm: 'CRC32' });
  const bare = { Parts: Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) };
  assert.equal(await outcomeOf(complete({ MultipartUpload: bare })), '400 InvalidRequest');
  const done = await complete();
  const sums = PARTS.map((part) => Buffer.from(crc32Of(part), 'base64'));
  const expected = [`${crc32Of(Buffer.concat(sums))}-3`, 'COMPOSITE'];
  assert.deepEqual([done.ChecksumCRC32, done.ChecksumType], expected);
  const head = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  assert.deepEqual([head.ChecksumCRC32, head.ChecksumType], expected);
  const ObjectAttributes = ['ObjectParts' as const, 'Checksum' as const];
  const { ObjectParts } = await client.send(
    new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes }),
  );
  assert.deepEqual(
    ObjectParts?.Parts?.map(({ PartNumber, ChecksumCRC32 }) => [PartNumber, ChecksumCRC32]),
    PARTS.map((part, i) => [i + 1, crc32Of(part)]),
  );
});

test('a full-object checksum is that of the whole, and a wrong expectation is BadDigest', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const choice = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
  const { complete } = await start(client, PARTS, choice);
  const wrong = complete({ ChecksumType: 'FULL_OBJECT', ChecksumCRC32: crc32Of(Buffer.from('other')) });
  assert.equal(await outcomeOf(wrong), '400 BadDigest');
  const done = await complete({ ChecksumType: 'FULL_OBJECT', ChecksumCRC32: crc32Of(WHOLE) });
  assert.deepEqual([done.ChecksumCRC32, done.ChecksumType], [crc32Of(WHOLE), 'FULL_OBJECT']);
  const sha = { Bucket, Key, ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' } as const;
  assert.equal(await outcomeOf(client.send(new CreateMultipartUploadCommand(sha))), '400 InvalidRequest');
});

test('a completion is refused for wrong ETags, order, sizes and unknown uploads', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const { Parts, complete } = await start(client, [Buffer.from('small'), Buffer.from('last')]);
  const [first, last] = Parts;
  assert.equal(await outcomeOf(complete()), '400 EntityTooSmall');
  const completeWith = (...Parts: object[]) => outcomeOf(complete({ MultipartUpload: { Parts } }));
  assert.equal(await completeWith({ ...last, ETag: first?.ETag }), '400 InvalidPart');
  assert.equal(await completeWith({ ...last, PartNumber: 3 }), '400 InvalidPart');
  assert.equal(await completeWith({ ...last }, { ...first }), '400 InvalidPartOrder');
  assert.equal(await outcomeOf(complete({ UploadId: 'unknown' })), '404 NoSuchUpload');
  const single = { MultipartUpload: { Parts: [{ ...last }] } };
  assert.equal(await outcomeOf(complete({ ...single, MpuObjectSize: 5 })), '400 InvalidRequest');
  assert.equal(await outcomeOf(complete({ ...single, MpuObjectSize: 4 })), 'ok');
});

test('a completion that is repeated answers as the first one', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const { complete } = await start(client, [Buffer.from('only')]);
  const first = await complete();
  assert.equal((await complete()).ETag, first.ETag);
});

test('an upload that ends leaves no parts behind on disk', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  const blobs = async () => (await readdir(join(server.directory, Bucket, 'blobs'))).length;
  const { UploadId } = await start(client, [Buffer.from('a'), Buffer.from('b')]);
  assert.equal(await blobs(), 2);
  await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  assert.equal(await blobs(), 0);
  assert.equal(
    await outcomeOf(client.send(new ListPartsCommand({ Bucket, Key, UploadId }))),
    '404 NoSuchUpload',
  );
  const { Parts, complete } = await start(client, [Buffer.from('dropped'), Buffer.from('kept')]);
  await complete({ MultipartUpload: { Parts: Parts.slice(1) } });
  assert.equal(await blobs(), 1);
});

test('parts and uploads are listed in pages', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const { UploadId } = await start(
    client,
    ['a', 'b', 'c'].map((text) => Buffer.from(text)),
  );
  const listParts = (PartNumberMarker?: string) =>
    client.send(new ListPartsCommand({ Bucket, Key, UploadId, MaxParts: 2, PartNumberMarker }));
  const first = await listParts();
  assert.deepEqual([first.Parts?.length, first.IsTruncated], [2, true]);
  const second = await listParts(first.NextPartNumberMarker);
  assert.deepEqual([second.Parts?.map((part) => part.PartNumber), second.IsTruncated], [[3], false]);
  for (const other of ['z', 'a', 'a']) {
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key: other }));
  }
  const keys: (string | undefined)[] = [];
  let page: Partial<ListMultipartUploadsCommandOutput> = {};
  do {
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
    const list = new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1, KeyMarker, UploadIdMarker });
    const { Uploads = [], ...rest } = await client.send(list);
    keys.push(...Uploads.map((upload) => upload.Key));
    page = rest;
  } while (page.IsTruncated);
  assert.deepEqual(keys, ['a', 'a', Key, 'z']);
});

test('copies take over bytes, and metadata unless it is replaced', async (t) => {
  const client = useClient(t, await useS3Server(t));
  await (await start(client, PARTS, { Metadata: { a: '1' } })).complete();
  const CopySource = `${Bucket}/${Key}`;
  const copy = await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
  assert.equal(copy.CopyObjectResult?.ETag, `"${md5(WHOLE).toString('hex')}"`);
  const replaced = { CopySource, MetadataDirective: 'REPLACE', Metadata: { b: '2' } } as const;
  await client.send(new CopyObjectCommand({ Bucket, Key: 'replaced', ...replaced }));
  const metadata = async (Key: string) =>
    (await client.send(new HeadObjectCommand({ Bucket, Key }))).Metadata;
  assert.deepEqual([await metadata('copy'), await metadata('replaced')], [{ a: '1' }, { b: '2' }]);
  assert.equal(
    await outcomeOf(client.send(new CopyObjectCommand({ Bucket, Key, CopySource }))),
    '400 InvalidRequest',
  );
  const { UploadId } = await start(client, []);
  const part = { Bucket, Key, UploadId, PartNumber: 1, CopySource, CopySourceRange: 'bytes=3-8' };
  const { CopyPartResult } = await client.send(new UploadPartCopyCommand(part));
  assert.equal(CopyPartResult?.ETag, `"${md5(WHOLE.subarray(3, 9)).toString('hex')}"`);
});
