import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { startS3Server } from '../../../src/s3-server/index.ts';
import { TEST_BUCKET as Bucket, useS3Server } from '../../support/s3-server.ts';
import { outcomeOf, useClient } from './client.ts';

async function useFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 's3-server-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('objects, versions, settings and open uploads survive a restart', async (t) => {
  const directory = await useFolder(t);
  const first = await startS3Server({ directory, buckets: [Bucket] });
  const before = useClient(t, first);
  const Key = 'ü/../key';
  await before.send(
    new PutObjectCommand({ Bucket, Key, Body: 'content', Metadata: { a: 'b' }, Tagging: 't=v' }),
  );
  const { UploadId } = await before.send(new CreateMultipartUploadCommand({ Bucket, Key: 'open' }));
  const part = { Bucket, Key: 'open', UploadId };
  const { ETag } = await before.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: 'part' }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await before.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  await before.send(new PutObjectCommand({ Bucket, Key: 'v', Body: '1' }));
  await before.send(new PutObjectCommand({ Bucket, Key: 'v', Body: '2' }));
  await before.send(new DeleteObjectCommand({ Bucket, Key: 'v' }));
  await first.close();

  const client = useClient(t, await useS3Server(t, { directory }));
  const got = await client.send(new GetObjectCommand({ Bucket, Key }));
  assert.deepEqual([await got.Body?.transformToString(), got.Metadata], ['content', { a: 'b' }]);
  const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
  assert.deepEqual(TagSet, [{ Key: 't', Value: 'v' }]);
  assert.equal((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Enabled');
  const { Versions, DeleteMarkers } = await client.send(
    new ListObjectVersionsCommand({ Bucket, Prefix: 'v' }),
  );
  assert.deepEqual([Versions?.length, DeleteMarkers?.[0]?.IsLatest], [2, true]);
  assert.equal((await client.send(new ListPartsCommand(part))).Parts?.[0]?.ETag, ETag);
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await client.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }));
  const completed = await client.send(new GetObjectCommand({ Bucket, Key: 'open' }));
  assert.equal(await completed.Body?.transformToString(), 'part');
});

test('half-written files of a killed process are removed', async (t) => {
  const directory = await useFolder(t);
  const first = await startS3Server({ directory, buckets: [Bucket] });
  await useClient(t, first).send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'content' }));
  await first.close();
  await appendFile(join(directory, Bucket, 'journal.jsonl'), '{"type":"delete","key":"ke');
  await writeFile(join(directory, Bucket, 'blobs', 'stray'), 'half a body');

  const second = await startS3Server({ directory });
  await useClient(t, second).send(new PutObjectCommand({ Bucket, Key: 'other', Body: 'content' }));
  await second.close();
  const third = await useS3Server(t, { directory });
  for (const Key of ['key', 'other']) {
    const { Body } = await useClient(t, third).send(new GetObjectCommand({ Bucket, Key }));
    assert.equal(await Body?.transformToString(), 'content');
  }
  assert.equal((await readdir(join(directory, Bucket, 'blobs'))).length, 2);
});

test('a long history is shortened at the next start', async (t) => {
  const directory = await useFolder(t);
  const journal = join(directory, Bucket, 'journal.jsonl');
  const first = await startS3Server({ directory, buckets: [Bucket] });
  await useClient(t, first).send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'content' }));
  await first.close();
  const line = await readFile(journal, 'utf8');
  await writeFile(journal, line.repeat(2000));
  const server = await useS3Server(t, { directory });
  assert.equal(await readFile(journal, 'utf8'), line);
  const { Body } = await useClient(t, server).send(new GetObjectCommand({ Bucket, Key: 'key' }));
  assert.equal(await Body?.transformToString(), 'content');
});

test('an object that is overwritten is read to its end', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const old = Buffer.alloc(8 * 2 ** 20, 'old');
  await client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: old }));
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'key' }));
  assert.equal(await outcomeOf(client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'new' }))), 'ok');
  assert.ok(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(old));
});
