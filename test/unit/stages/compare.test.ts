import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type TestContext, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { bytesOf, useBucketClient } from '../../support/bucket.ts';
import { backupTo, entryFor, fatesOf, MIB, moveTo } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { namesIn, useTree } from '../../support/tree.ts';

const LARGE = Buffer.alloc(11 * MIB, 'large');

test('sends nothing for content that S3 holds already, whole or in parts', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { 'a/small': 'some bytes', empty: '', large: LARGE });
  await backupTo(server, source);
  server.requests.clear();
  const report = await backupTo(server, source);
  assert.deepEqual(fatesOf(report), { 'a/small': 'unchanged', empty: 'unchanged', large: 'unchanged' });
  assert.equal(entryFor(report, 'large').proof, 'etag-parts');
  assert.deepEqual(server.requests.of('PutObject').concat(server.requests.of('UploadPart')), []);
  assert.deepEqual([report.successful_uploads, report.verified_files, report.attempts], [0, 3, 0]);
});

test('a move deletes files that S3 holds already, with a fresh proof', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { small: 'some bytes', large: LARGE });
  await backupTo(server, source);
  const report = await moveTo(server, source);
  assert.deepEqual(fatesOf(report), { small: 'deleted', large: 'deleted' });
  assert.deepEqual(namesIn(source), []);
});

test('recognises content that another tool sent in one piece', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { large: LARGE });
  await put(t, server, 'large', LARGE);
  assert.deepEqual(fatesOf(await backupTo(server, source)), { large: 'unchanged' });
});

test('recognises content by its checksum if the ETag is no MD5 (SSE-KMS)', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { small: 'some bytes' });
  const object = { serverSideEncryption: 'aws:kms', kmsKeyId: 'key' } as const;
  await backupTo(server, source, { object });
  const report = await backupTo(server, source, { object });
  assert.deepEqual([fatesOf(report), entryFor(report, 'small').proof], [{ small: 'unchanged' }, 'checksum']);
  assert.equal(server.requests.of('GetObject').length, 0);
});

/** Content of the same size that ends with the CRC-32 of the rest: all such files have the same CRC-32. */
function withOwnCrc(text: string): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(text));
  return Buffer.concat([Buffer.from(text), sum]);
}

for (const kms of [false, true]) {
  test(`a new firmware image of the same size is not taken for the old one by its CRC ${kms ? 'under SSE-KMS' : ''}`, async (t) => {
    const server = await useS3Server(t);
    const [old, image] = [withOwnCrc('version 1'), withOwnCrc('version 2')];
    const object = kms ? ({ serverSideEncryption: 'aws:kms', kmsKeyId: 'key' } as const) : {};
    const options = { object, checksum: 'crc32' } as const;
    await backupTo(server, useTree(t, { image: old }), options);
    const source = useTree(t, { image });
    assert.deepEqual(fatesOf(await moveTo(server, source, options)), { image: 'failed OBJECT_EXISTS' });
    assert.deepEqual(namesIn(source), ['image']);
    assert.deepEqual(fatesOf(await backupTo(server, source, options)), { image: 'kept' });
    assert.ok((await bytesOf(useBucketClient(t, server), 'image')).equals(image));
  });
}

const CHANGED = 'other bytes, as many';
const cases = [
  { overwrite: undefined, deletes: false, fate: 'kept', content: 'new' },
  { overwrite: undefined, deletes: true, fate: 'failed OBJECT_EXISTS', content: 'old' },
  { overwrite: 'if-different', deletes: true, fate: 'deleted', content: 'new' },
  { overwrite: 'always', deletes: true, fate: 'deleted', content: 'new' },
  { overwrite: 'never', deletes: false, fate: 'failed OBJECT_EXISTS', content: 'old' },
] as const;
for (const { overwrite, deletes, fate, content } of cases) {
  const how = `overwrite ${overwrite ?? 'not given'}, ${deletes ? 'move' : 'copy'}`;
  test(`other content under the key: ${how}: ${fate}, the ${content} object is there`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { file: CHANGED });
    await put(t, server, 'file', 'the old bytes that count');
    const report = await backupTo(server, source, { overwrite, deleteAfterUpload: deletes });
    assert.deepEqual(fatesOf(report), { file: fate });
    const expected = content === 'new' ? CHANGED : 'the old bytes that count';
    assert.equal(String(await bytesOf(useBucketClient(t, server), 'file')), expected);
    assert.deepEqual(namesIn(source), fate === 'deleted' ? [] : ['file']);
  });
}

test('an object that another writer stores after the lookup is not overwritten', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: 'our bytes' });
  server.faults.plan({
    operation: 'PutObject',
    do: { kind: 'call', run: () => put(t, server, 'file', 'their bytes') },
  });
  const report = await moveTo(server, source);
  assert.deepEqual(fatesOf(report), { file: 'failed OBJECT_EXISTS' });
  assert.equal(String(await bytesOf(useBucketClient(t, server), 'file')), 'their bytes');
  assert.deepEqual(namesIn(source), ['file']);
});

test("a file that changes after its upload is sent again, and overwrites this run's own object", async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: 'first', other: 'x' });
  server.faults.plan({
    operation: 'HeadObject',
    key: 'file',
    do: { kind: 'call', run: () => appendFileSync(join(source, 'file'), ' and second') },
  });
  const report = await moveTo(server, source, { onChange: 'retry', verify: 'head' });
  assert.deepEqual(fatesOf(report), { file: 'deleted', other: 'deleted' });
  assert.equal(String(await bytesOf(useBucketClient(t, server), 'file')), 'first and second');
});

test('a file that never stops changing fails after three tries, or is skipped', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: 'first' });
  const touch = () => appendFileSync(join(source, 'file'), '+');
  server.faults.plan({ operation: 'HeadObject', times: 5, do: { kind: 'call', run: touch } });
  const failed = await moveTo(server, source, { onChange: 'retry', verify: 'head' });
  assert.deepEqual(fatesOf(failed), { file: 'failed FILE_CHANGED' });

  writeFileSync(join(source, 'file'), 'again');
  server.faults.plan({ operation: 'HeadObject', skip: 1, do: { kind: 'call', run: touch } });
  const skipped = await moveTo(server, source, {
    onChange: 'skip',
    verify: 'head',
    overwrite: 'if-different',
  });
  assert.deepEqual(fatesOf(skipped), { file: 'skipped FILE_CHANGED' });
  assert.equal(skipped.exit_code, 0);
});

async function put(t: TestContext, server: S3Server, Key: string, Body: string | Buffer): Promise<void> {
  await useBucketClient(t, server).send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key, Body }));
}
