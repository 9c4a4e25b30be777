import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { etagOfParts } from '../../../../src/digest/parts-digest.ts';
import { type StreamUploadOptions, uploadStream } from '../../../../src/s3/multipart/upload-stream.ts';
import { SignedHttpPartRequests } from '../../../../src/s3/signed-http/part-requests.ts';
import { StreamContent } from '../../../../src/source/stream-content.ts';
import { objectsIn, unfinishedUploads, useBucketClient } from '../../../support/bucket.ts';
import { MIB } from '../../../support/run.ts';
import { useS3Server } from '../../../support/s3-server.ts';
import { endpointOf, useRequests, withoutWaiting } from '../signed-http/use-requests.ts';

const PART = 5 * MIB;

interface Wish {
  readonly size: number;
  readonly maxParts?: number;
  readonly checksum?: 'crc32' | 'sha256';
}

async function useStream(t: TestContext, { size, maxParts = 10, checksum }: Wish) {
  withoutWaiting(t);
  const server = await useS3Server(t);
  const bytes = randomBytes(size);
  const limits = { wholeBytes: PART, memoryBytes: 100 * MIB, onRead: () => undefined };
  const content = await StreamContent.begin(Readable.from([bytes], { objectMode: false }), limits);
  const terms = { md5: true, checksum, condition: {} };
  const requests = new SignedHttpPartRequests(useRequests(t, endpointOf(server)), {
    path: '/key',
    headers: {},
    customerKey: {},
    conditions: {},
    digests: terms,
    look: () => Promise.reject(new Error('nothing was in doubt')),
  });
  const options: StreamUploadOptions = {
    terms,
    heedsCondition: true,
    partSize: PART,
    maxParts,
    memoryBytes: limits.memoryBytes,
    needsEqualParts: false,
    completion: { longestMs: 0, tries: 1 },
  };
  const client = useBucketClient(t, server);
  return { server, client, bytes, content, upload: () => uploadStream(requests, content, options) };
}

/** Sizes of the parts, in order: 5, 10, 20 and 33 MiB, one of each, as each is a tenth of ten. */
const GROWING = [5, 10, 20, 33].map((mebibytes) => mebibytes * MIB);

for (const [title, size] of [
  ['in the middle of a part', 40 * MIB + 7],
  ['with the last part of a size', 35 * MIB],
  ['with a part of one byte', 15 * MIB + 1],
] as const) {
  test(`parts grow on the way, and a stream that ends ${title} is whole`, async (t) => {
    const { client, bytes, upload, content } = await useStream(t, { size });
    const { etag, partsEtag, attempts } = await upload();
    const md5s: Buffer[] = [];
    let at = 0;
    for (const length of GROWING) {
      if (at >= size) break;
      md5s.push(
        createHash('md5')
          .update(bytes.subarray(at, at + length))
          .digest(),
      );
      at += length;
    }
    assert.deepEqual([etag, partsEtag, attempts], [etagOfParts(md5s), etagOfParts(md5s), 1]);
    assert.ok((await objectsIn(client)).get('key')?.equals(bytes));
    assert.equal(content.md5, createHash('md5').update(bytes).digest('hex'));
  });
}

test('a stream that is longer than its parts can hold is refused, and no part is left', async (t) => {
  const { client, upload } = await useStream(t, { size: 16 * MIB, maxParts: 2 });
  await assert.rejects(upload(), { code: 'EntityTooLarge' });
  assert.deepEqual(await unfinishedUploads(client), []);
  assert.equal((await objectsIn(client)).size, 0);
});

for (const checksum of ['crc32', 'sha256'] as const) {
  test(`parts are sent with a ${checksum} if it is asked for`, async (t) => {
    const { server, bytes, content, upload } = await useStream(t, { size: 2 * PART, checksum });
    await upload();
    const whole = Buffer.alloc(4);
    whole.writeUInt32BE(crc32(bytes));
    if (checksum === 'crc32') assert.equal(content.checksums.crc32, whole.toString('base64'));
    else assert.match(content.checksums.sha256 ?? '', /^.{44}-2$/);
    for (const { headers } of server.requests.of('UploadPart'))
      assert.ok(headers[`x-amz-checksum-${checksum}`]);
  });
}

test('a part that arrives damaged is sent again, and one that is refused five times ends the upload', async (t) => {
  const { server, client, upload } = await useStream(t, { size: 3 * PART });
  server.faults.plan({ operation: 'UploadPart', do: { kind: 'error', status: 400, code: 'BadDigest' } });
  const { attempts } = await upload();
  assert.equal(attempts, 2);
  const other = await useStream(t, { size: 3 * PART });
  other.server.faults.plan({
    operation: 'UploadPart',
    times: 5,
    do: { kind: 'error', status: 503, code: 'SlowDown' },
  });
  await assert.rejects(other.upload(), { code: 'SlowDown' });
  assert.deepEqual(await unfinishedUploads(other.client), []);
  assert.equal((await objectsIn(client)).size, 1);
});
