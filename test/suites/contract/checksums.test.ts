import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from '../../../src/digest/checksum.ts';
import { judge } from '../../../src/proof/rules/judge.ts';
import type { ChecksumChoice, Store, UploadAnswer } from '../../../src/s3/store.ts';
import type { RecordedRequest } from '../../../src/s3-server/index.ts';
import type { SourceContent } from '../../../src/source/content.ts';
import { contract } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART, type Target } from './support/target.ts';
import { assertHolds } from './support/truth.ts';

const REQUESTS = 'a real store does not show the requests that reach it';
const SIZES = { 'one request': 1000, parts: 2 * PART + 1000 } as const;

for (const [how, size] of Object.entries(SIZES)) {
  for (const checksum of CHECKSUM_ALGORITHMS) {
    contract(
      `${checksum} alone goes with a file in ${how}`,
      { embeddedOnly: REQUESTS },
      async ({ t, target, store }) => {
        await store({ checksum }).upload('key', await useContent(t, bytesOfLength(size)));
        const { requests } = target.server ?? assert.fail();
        const whole = checksum === 'sha256' ? undefined : 'FULL_OBJECT';
        for (const { operation, headers } of requests.of('PutObject', 'UploadPart'))
          assert.deepEqual(digestsIn({ headers }), [`x-amz-checksum-${checksum}`], operation);
        for (const { headers } of requests.of('CreateMultipartUpload')) {
          assert.equal(headers['x-amz-checksum-algorithm'], checksum.toUpperCase());
          assert.equal(headers['x-amz-checksum-type'], whole);
        }
        for (const { headers } of requests.of('CompleteMultipartUpload')) {
          assert.equal(headers['x-amz-checksum-type'], whole);
          assert.deepEqual(digestsIn({ headers }), whole ? [`x-amz-checksum-${checksum}`] : []);
        }
        assert.ok(requests.every(({ headers }) => headers['x-amz-trailer'] === undefined));
      },
    );

    contract(
      `${checksum} of a file in ${how} is stored, and proves it`,
      { needs: checksum },
      async ({ t, target, store }) => {
        const bytes = bytesOfLength(size);
        const asking = store({ checksum });
        const content = await useContent(t, bytes);
        const answer = await asking.upload('key', content);
        const expected = await truth(target, checksum, bytes);
        assert.equal(content.checksums[checksum], expected);
        assert.deepEqual((await asking.head({ key: 'key' })).checksums, { [checksum]: expected });
        assert.deepEqual(await judged(asking, content, answer), { kind: 'proved', proof: 'checksum' });
        await assertHolds(target, 'key', bytes);
      },
    );
  }

  for (const checksum of ['auto', 'md5', ...CHECKSUM_ALGORITHMS] satisfies ChecksumChoice[]) {
    contract(
      `a file in ${how} is proved with ${checksum}, whether or not the store keeps it`,
      {},
      async (bench) => {
        const bytes = bytesOfLength(size);
        const store = bench.store({ checksum });
        const content = await useContent(bench.t, bytes);
        const answer = await store.upload('key', content);
        assert.equal((await judged(store, content, answer)).kind, 'proved');
        await assertHolds(bench.target, 'key', bytes);
      },
    );
  }

  contract(
    `sha256 goes with a file in ${how} by itself where the ETag cannot serve`,
    { needs: 'sha256' },
    async ({ t, target, store }) => {
      const bytes = bytesOfLength(size);
      const content = await useContent(t, bytes);
      await store({ object: { serverSideEncryption: 'aws:kms' } }).upload('key', content);
      const sha256 = await truth(target, 'sha256', bytes);
      assert.deepEqual((await store().head({ key: 'key' })).checksums, { sha256 });
      assert.deepEqual(content.checksums, { sha256 });
      for (const { headers } of target.server?.requests.of('PutObject', 'UploadPart') ?? [])
        if (headers['x-amz-sdk-checksum-algorithm'] === undefined)
          assert.deepEqual(digestsIn({ headers }), ['x-amz-checksum-sha256']);
    },
  );

  contract(`md5 alone goes with a file in ${how}`, { embeddedOnly: REQUESTS }, async (bench) => {
    const object = { serverSideEncryption: 'aws:kms' } as const;
    const content = await useContent(bench.t, bytesOfLength(size));
    await bench.store({ checksum: 'md5', object }).upload('key', content);
    for (const request of bench.target.server?.requests.of('PutObject', 'UploadPart') ?? [])
      assert.deepEqual(digestsIn(request), ['content-md5']);
  });
}

function digestsIn({ headers }: Pick<RecordedRequest, 'headers'>): string[] {
  const isDigest = (name: string) => name === 'content-md5' || name.startsWith('x-amz-checksum-');
  return Object.keys(headers).filter((name) => isDigest(name) && !/-(type|algorithm)$/.test(name));
}

async function judged(store: Store, content: SourceContent, { etag, partsEtag }: UploadAnswer) {
  const { size, md5, checksums } = content;
  const wantsChecksum = store.asksChecksum;
  return judge(await store.head({ key: 'key' }), { size, md5, checksums, wantsChecksum, etag, partsEtag });
}

/** By the SDK, which has code of its own for CRCs. */
async function truth(target: Target, algorithm: ChecksumAlgorithm, bytes: Buffer): Promise<string> {
  if (algorithm === 'sha256')
    return bytes.length > PART ? compositeOf(bytes) : sha256(bytes).toString('base64');
  const { client, bucket: Bucket } = target;
  const name = algorithm.toUpperCase() as 'CRC32' | 'CRC32C' | 'CRC64NVME';
  await client.send(new PutObjectCommand({ Bucket, Key: 'truth', Body: bytes, ChecksumAlgorithm: name }));
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'truth', ChecksumMode: 'ENABLED' }));
  return head[`Checksum${name}`] ?? assert.fail('the store keeps no checksum');
}

function compositeOf(bytes: Buffer): string {
  const sums: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += PART) sums.push(sha256(bytes.subarray(at, at + PART)));
  return `${sha256(Buffer.concat(sums)).toString('base64')}-${sums.length}`;
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
