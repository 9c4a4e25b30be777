import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { objectsIn, useBucketClient } from '../../../support/bucket.ts';
import { assertNothingLeft, etagOf, PART, useUpload } from './use-upload.ts';

for (const size of [1, PART, PART + 1, 2 * PART, 9 * PART + 1]) {
  test(`a file of ${size} bytes arrives whole, with its digests`, async (t) => {
    const checksum = size % 2 === 0 ? 'crc32' : undefined;
    const uploading = await useUpload(t, { size, options: { digests: { md5: true, checksum } } });
    const { server, bytes, content, upload } = uploading;
    const answer = await upload();
    const etag = etagOf(bytes, PART);
    assert.deepEqual(answer, { etag, versionId: undefined, partsEtag: etag, attempts: 1, resumedBytes: 0 });
    assert.equal(content.md5, createHash('md5').update(bytes).digest('hex'));
    assert.deepEqual(content.checksums, checksum ? { crc32: base64(crc32(bytes)) } : {});
    assert.ok((await objectsIn(useBucketClient(t, server))).get('key')?.equals(bytes));
    await assertNothingLeft(t, uploading);
  });
}

test('the MD5 of the whole file is left out if it is not wanted', async (t) => {
  const { content, upload } = await useUpload(t, { options: { wholeMd5: false } });
  await upload();
  assert.equal(content.md5, undefined);
});

test('headers go with the first request, conditions with the last, and MD5s with the parts', async (t) => {
  const headers = { 'content-type': 'a/b', 'x-amz-meta-a': 'b' };
  const { server, bytes, upload } = await useUpload(t, {
    options: { headers, conditions: { 'if-none-match': '*' } },
  });
  await upload();
  const [create] = server.requests.of('CreateMultipartUpload');
  assert.deepEqual([create?.headers['content-type'], create?.headers['x-amz-meta-a']], ['a/b', 'b']);
  assert.equal(server.requests.of('CompleteMultipartUpload')[0]?.headers['if-none-match'], '*');
  const sums = server.requests
    .of('UploadPart')
    .map(({ query, headers: sent }) => [query.partNumber, sent['content-md5']]);
  const expected = [0, 1, 2, 3].map((n) => {
    const part = bytes.subarray(n * PART, (n + 1) * PART);
    return [String(n + 1), createHash('md5').update(part).digest('base64')];
  });
  assert.deepEqual(sums.sort(), expected);
});

test('every request that is sent again is counted', async (t) => {
  const { server, bytes, upload } = await useUpload(t);
  for (const operation of ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const) {
    server.faults.plan({ operation, do: { kind: 'error', status: 503, code: 'SlowDown' } });
  }
  server.faults.plan({ operation: 'UploadPart', skip: 1, do: { kind: 'reset', afterBytes: PART / 5 } });
  server.faults.plan({
    operation: 'CompleteMultipartUpload',
    do: { kind: 'error-in-200', code: 'InternalError' },
  });
  const { etag, attempts } = await upload();
  assert.deepEqual([etag, attempts], [etagOf(bytes, PART), 6]);
});

function base64(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}
