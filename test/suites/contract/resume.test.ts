import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { StoreOptions, UploadAnswer } from '../../../src/s3/store.ts';
import type { SourceContent } from '../../../src/source/content.ts';
import { MIB } from '../../support/run.ts';
import { useTree } from '../../support/tree.ts';
import { type Bench, contract } from './support/contract.ts';
import { onLockBucket } from './support/lock-bucket.ts';
import { bytesOfLength, openSource, useContent } from './support/source.ts';
import { PART, type Target } from './support/target.ts';
import { assertHolds, partsEtagOf, unfinishedIn } from './support/truth.ts';
import { beginUpload } from './support/unfinished.ts';

/** Five parts, of which the last is short. */
const bytes = bytesOfLength(4 * PART + 7);
const resume = true;

contract('what an unfinished upload of the key has is not sent again', {}, async (bench) => {
  await beginUpload(bench.target, { bytes, parts: [1, 2, 5] });
  const { resumedBytes, attempts } = await uploadWhole(bench);
  assert.deepEqual([resumedBytes, attempts], [2 * PART + 7, 1]);
  assertSent(bench.target, ['3', '4']);
  assert.deepEqual(await unfinishedIn(bench.target), []);
});

contract('an upload that has all its parts is only completed', {}, async (bench) => {
  await beginUpload(bench.target, { bytes, parts: [1, 2, 3, 4, 5] });
  assert.equal((await uploadWhole(bench)).resumedBytes, bytes.length);
  assertSent(bench.target, []);
});

contract('an upload without a part is resumed', {}, async (bench) => {
  await beginUpload(bench.target, { bytes, parts: [] });
  assert.equal((await uploadWhole(bench)).resumedBytes, 0);
  assert.deepEqual(await unfinishedIn(bench.target), []);
});

contract('a part with other bytes is sent again', {}, async (bench) => {
  const { target } = bench;
  const UploadId = await beginUpload(target, { bytes, parts: [1, 2, 3] });
  const Body = Buffer.alloc(PART, 'not it');
  const address = { Bucket: target.bucket, Key: 'key', UploadId };
  await target.client.send(new UploadPartCommand({ ...address, PartNumber: 2, Body }));
  assert.equal((await uploadWhole(bench)).resumedBytes, 2 * PART);
  assertSent(target, ['2', '4', '5']);
});

contract('an upload of a key with odd characters is found', {}, async (bench) => {
  for (const key of ["a b+c/ä%41&'quoted'", 'line\nbreak', '<x>/"y"']) {
    await beginUpload(bench.target, { key, bytes, parts: [1] });
    assert.equal((await uploadWhole(bench, key)).resumedBytes, PART, key);
  }
});

contract('the newest of several is taken, and the others are left alone', {}, async (bench) => {
  await beginUpload(bench.target, { bytes, parts: [1, 2, 3] });
  // Some stores know seconds only.
  await sleep(bench.target.server ? 5 : 1100);
  await beginUpload(bench.target, { bytes, parts: [4] });
  assert.equal((await uploadWhole(bench)).resumedBytes, PART);
  assert.deepEqual(await unfinishedIn(bench.target), ['key']);
});

for (const [what, begun] of Object.entries({
  'of another key': { key: 'key2', parts: [1, 2] },
  'of a key below this one': { key: 'key/below', parts: [1, 2] },
  'with parts of another size': { parts: [1, 2], partSize: PART + MIB },
  'with more parts than the file has': { bytes: bytesOfLength(6 * PART), parts: [1, 6] },
  'whose last part is longer than the file': { bytes: bytesOfLength(5 * PART), parts: [1, 5] },
})) {
  contract(`an upload ${what} is left alone`, {}, async (bench) => {
    await beginUpload(bench.target, { bytes, ...begun });
    assert.equal((await uploadWhole(bench)).resumedBytes, 0);
    assert.equal((await unfinishedIn(bench.target)).length, 1);
  });
}

contract(
  'an upload with another storage class is left alone',
  { needs: 'storage classes of unfinished uploads' },
  async (bench) => {
    await beginUpload(bench.target, { bytes, parts: [1, 2], storageClass: 'STANDARD_IA' });
    assert.equal((await uploadWhole(bench)).resumedBytes, 0);
    assert.deepEqual(await unfinishedIn(bench.target), ['key']);
  },
);

contract(
  'an upload whose checksum is made of those of its parts, as other programs begin them, is left alone',
  { embeddedOnly: 'Ceph keeps no checksums' },
  async (bench) => {
    const { client, bucket: Bucket } = bench.target;
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'key', ChecksumAlgorithm: 'CRC32' }));
    await uploadWhole(bench, 'key', { checksum: 'crc32' });
    assert.deepEqual(await unfinishedIn(bench.target), ['key']);
  },
);

contract('a file that was changed since the upload was begun is sent whole', {}, async (bench) => {
  const { t, target, store } = bench;
  await beginUpload(target, { bytes, parts: [1, 2] });
  const path = join(useTree(t, { file: bytes }), 'file');
  const inAnHour = Date.now() / 1000 + 3600;
  utimesSync(path, inAnHour, inAnHour);
  const answer = await store({ resume }).upload('key', await openSource(t, path));
  assert.equal(answer.resumedBytes, 0);
  await assertHolds(target, 'key', bytes);
  assert.deepEqual(await unfinishedIn(target), ['key']);
});

contract('without resume nobody looks, nor below 256 MiB by default', {}, async (bench) => {
  const { t, target, store } = bench;
  await beginUpload(target, { bytes, parts: [1, 2] });
  for (const options of [{ resume: false }, {}]) {
    const answer = await store(options).upload('key', await useContent(t, bytes));
    assert.equal(answer.resumedBytes, 0);
  }
  assert.deepEqual(target.server?.requests.of('ListMultipartUploads').length ?? 0, 0);
  assert.deepEqual(await unfinishedIn(target), ['key']);
});

contract(
  'an upload is not resumed if objects are to have a lock, of which S3 tells nothing',
  { embeddedOnly: 'Ceph 16 locks nothing that is sent in parts' },
  async ({ t, target, store }) => {
    await onLockBucket(t, target, async (place) => {
      const { bucket } = place;
      const UploadId = await beginUpload(place, { bytes, parts: [1, 2] });
      target.server?.requests.clear();
      const locks = store({ bucket, resume, object: { legalHold: true } });
      assert.equal((await locks.upload('key', await openOld(t))).resumedBytes, 0);
      assertSent(target, ['1', '2', '3', '4', '5']);
      const unfinished = { Bucket: bucket, Key: 'key', UploadId };
      await target.client.send(new AbortMultipartUploadCommand(unfinished));
    });
  },
);

const inPages = { server: { pageLimit: 10 } };
contract('unfinished uploads are listed page by page, to the last', inPages, async ({ target, store }) => {
  const { client, bucket: Bucket, server } = target;
  const length = server ? 24 : 1004;
  const keys = Array.from({ length }, (_, n) => (n < length / 2 ? 'one key' : `ä ${n}`));
  const begin = (Key: string) => client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  for (let n = 0; n < keys.length; n += 8) await Promise.all(keys.slice(n, n + 8).map(begin));
  const found: string[] = [];
  for await (const { uploads } of store().unfinishedUploads('')) found.push(...uploads.map(({ key }) => key));
  assert.deepEqual(found.sort(), keys.sort());
});

async function uploadWhole(
  { t, target, store }: Bench,
  key = 'key',
  options: Partial<StoreOptions> = {},
): Promise<UploadAnswer> {
  target.server?.requests.clear();
  const answer = await store({ resume, ...options }).upload(key, await openOld(t));
  assert.equal(answer.partsEtag, partsEtagOf(bytes));
  await assertHolds(target, key, bytes);
  return answer;
}

/** The file, older than any upload that was begun before. */
async function openOld(t: TestContext): Promise<SourceContent> {
  const path = join(useTree(t, { file: bytes }), 'file');
  utimesSync(path, 1, 1);
  return openSource(t, path);
}

function assertSent({ server }: Target, numbers: readonly string[]): void {
  if (server === undefined) return;
  const sent = server.requests.of('UploadPart').map(({ query }) => query.partNumber);
  assert.deepEqual(sent.sort(), numbers);
}
