/** By which digest a part that the store has already is known to be the file's. */
import assert from 'node:assert/strict';
import { PutBucketEncryptionCommand } from '@aws-sdk/client-s3';
import { startChecksum } from '../../../src/digest/checksum.ts';
import type { FaultAction } from '../../../src/s3-server/index.ts';
import { KMS } from './support/capabilities.ts';
import { contract } from './support/contract.ts';
import { bytesOfLength, useContent, useSource } from './support/source.ts';
import { PART, type Target } from './support/target.ts';
import { assertHolds, storeErrorOf, unfinishedIn } from './support/truth.ts';
import { beginUpload } from './support/unfinished.ts';

const needs = { embeddedOnly: 'Ceph keeps no checksums, and a real store does not fail on purpose' };
const COUNT = 5;
const RANDOM = bytesOfLength(2 * COUNT * PART);
/** Two versions of a file. Each part ends with its own CRC-32, so all of them have the same CRC-32. */
const older = firmware(RANDOM.subarray(0, COUNT * PART));
const newer = firmware(RANDOM.subarray(COUNT * PART));
const memory = 2 * PART;
const RESUME = { resume: true, maxAttempts: 1 };
const DOWN: FaultAction = { kind: 'error', status: 503, code: 'ServiceUnavailable' };

function firmware(content: Buffer): Buffer {
  const image = Buffer.from(content);
  for (let end = PART; end <= image.length; end += PART) {
    const sum = startChecksum('crc32');
    sum.update(image.subarray(end - PART, end - 4));
    image.writeUInt32LE(sum.digest().readUInt32BE(), end - 4);
  }
  return image;
}

/** Nobody asks for KMS then, and yet no ETag is an MD5. */
async function encryptByDefault({ client, bucket: Bucket }: Target): Promise<void> {
  const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } } as const;
  const ServerSideEncryptionConfiguration = { Rules: [rule] };
  await client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
}

function sentParts({ server }: Target): (string | undefined)[] {
  return (server?.requests.of('UploadPart') ?? []).map(({ query }) => query.partNumber).sort();
}

for (const checksum of ['crc32', 'sha256'] as const) {
  contract(
    `parts of an older version with the same CRC-32s are sent again in a bucket that encrypts with KMS by itself (${checksum})`,
    needs,
    async ({ t, target, store }) => {
      await encryptByDefault(target);
      const content = await useContent(t, newer);
      await beginUpload(target, { bytes: older, parts: [2, 3, 4, 5], checksum });
      assert.equal((await store({ ...RESUME, checksum }).upload('key', content)).resumedBytes, 0);
      await assertHolds(target, 'key', newer);
      assert.deepEqual(await unfinishedIn(target), []);
    },
  );
}

contract(
  'in a bucket that encrypts with KMS by itself a part is known again by its SHA-256',
  needs,
  async ({ t, target, store }) => {
    await encryptByDefault(target);
    const content = await useContent(t, newer);
    await beginUpload(target, { bytes: newer, parts: [1, 2, 4], checksum: 'sha256' });
    target.server?.requests.clear();
    const { resumedBytes } = await store({ ...RESUME, checksum: 'sha256' }).upload('key', content);
    assert.deepEqual([resumedBytes, sentParts(target)], [3 * PART, ['3', '5']]);
    await assertHolds(target, 'key', newer);
  },
);

contract(
  'with SSE-KMS and a CRC no unfinished upload is looked for, and a failure leaves nothing',
  needs,
  async ({ t, target, store }) => {
    const options = { ...RESUME, object: KMS, checksum: 'crc32' } as const;
    const { content } = await useSource(t, newer, { memory });
    target.server?.faults.plan({ operation: 'UploadPart', skip: COUNT - 1, do: DOWN });
    await storeErrorOf(store(options).upload('key', content));
    assert.equal((await store(options).upload('key', content)).resumedBytes, 0);
    assert.equal(target.server?.requests.of('ListMultipartUploads').length, 0);
    await assertHolds(target, 'key', newer);
    assert.deepEqual(await unfinishedIn(target), []);
  },
);

contract(
  'where ETags turn out to be no MD5s, parts without SHA-256s are not kept for a later run, and others are',
  needs,
  async ({ t, target, store }) => {
    await encryptByDefault(target);
    for (const checksum of ['crc32', 'sha256'] as const) {
      const { content } = await useSource(t, newer, { memory });
      target.server?.faults.plan({ operation: 'UploadPart', skip: COUNT - 1, do: DOWN });
      await storeErrorOf(store({ ...RESUME, checksum }).upload(checksum, content));
    }
    assert.deepEqual(await unfinishedIn(target), ['sha256']);
  },
);
