import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { backup } from '../../../src/index.ts';
import { useTree } from '../../support/tree.ts';
import { CUSTOMER_KEY } from './support/capabilities.ts';
import { contract, TRANSPORTS } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART, RUN_PART, type Target } from './support/target.ts';
import { md5Of, outcomeOf, partsEtagOf } from './support/truth.ts';

const object = { customerKey: CUSTOMER_KEY.SSECustomerKey };
const OTHER_KEY = Buffer.alloc(32, 'o').toString('base64');
/** As many as are looked up with a listing. */
const manySmall = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`small ${n}`, `content ${n}`]));
const HEADERS = [
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-server-side-encryption-customer-key-md5',
];

for (const size of [0, 10, PART + 10]) {
  const bytes = bytesOfLength(size);

  contract(`${size} bytes are readable with the customer's key only`, { needs: 'SSE-C' }, async (bench) => {
    const { t, target, store } = bench;
    const encrypts = store({ object });
    const { etag } = await encrypts.upload('key', await useContent(t, bytes));
    assert.ok((await bytesWithKey(target, 'key')).equals(bytes));
    const { client, bucket: Bucket } = target;
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'key', ...CUSTOMER_KEY }));
    assert.equal(head.SSECustomerAlgorithm, 'AES256');
    assert.equal((await encrypts.head({ key: 'key' })).etag, etag);
    assert.equal(await outcomeOf(store().head({ key: 'key' })), '400 BadRequest');
    const bare = client.send(new GetObjectCommand({ Bucket, Key: 'key' }));
    await assert.rejects(bare, ({ $metadata }: S3ServiceException) => $metadata.httpStatusCode === 400);
  });

  contract(`${size} bytes are read back with the key`, { needs: 'SSE-C' }, async ({ t, store }) => {
    const encrypts = store({ object });
    await encrypts.upload('key', await useContent(t, bytes));
    assert.deepEqual(await encrypts.download({ key: 'key' }, undefined), { size, digest: md5Of(bytes) });
  });
}

function partsOf(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / PART) }, (_, n) =>
    bytes.subarray(n * PART, (n + 1) * PART),
  );
}

contract(
  'a SHA-256 is kept where the ETag is no MD5, of parts that of their SHA-256s',
  { embeddedOnly: 'Ceph 16 keeps no checksums, and its ETags are MD5s with a customer key, too' },
  async ({ t, store }) => {
    const encrypts = store({ object });
    for (const bytes of [bytesOfLength(10), bytesOfLength(PART + 10)]) {
      const content = await useContent(t, bytes);
      const { etag } = await encrypts.upload('key', content);
      assert.ok(![md5Of(bytes), partsEtagOf(bytes)].includes(etag));
      const sums = partsOf(bytes).map((part) => createHash('sha256').update(part).digest());
      const ofParts = `${createHash('sha256').update(Buffer.concat(sums)).digest('base64')}-${sums.length}`;
      const sha256 = sums.length === 1 ? sums[0]?.toString('base64') : ofParts;
      assert.deepEqual(content.checksums, { sha256 });
      assert.deepEqual((await encrypts.head({ key: 'key' })).checksums, content.checksums);
    }
  },
);

contract(
  'the key goes with every request about the object, and with no other',
  { embeddedOnly: 'it shows the requests that reach it' },
  async ({ t, target, store }) => {
    const encrypts = store({ object });
    await encrypts.listPage({ prefix: '' });
    await encrypts.upload('small', await useContent(t, 'content'));
    await encrypts.upload('large', await useContent(t, bytesOfLength(PART + 1)));
    await encrypts.head({ key: 'small' });
    await encrypts.download({ key: 'small' }, undefined);
    const bare = new Set(['ListObjectsV2']);
    for (const { operation = '', headers } of target.server?.requests ?? []) {
      const sent = HEADERS.filter((name) => name in headers);
      assert.deepEqual(sent, bare.has(operation) ? [] : HEADERS, operation);
    }
  },
);

contract(
  "a move with a customer's key ends proved, and finds the next day what it has sent",
  { needs: 'SSE-C' },
  async (bench) => {
    const { t, target, transport } = bench;
    const files = { large: bytesOfLength(RUN_PART + 10), ...manySmall };
    const moves = (source: string, verify?: 'download') =>
      backup({
        ...target.options,
        partSizeBytes: RUN_PART,
        source,
        transport: TRANSPORTS[transport],
        object,
        verify,
        deleteAfterUpload: true,
      });
    const moved = await moves(useTree(t, files));
    assert.deepEqual(new Set(moved.files.map(({ fate }) => fate)), new Set(['deleted']));
    // As AWS documents it; there are stores whose ETags are MD5s all the same.
    const proofs = target.server ? ['checksum'] : ['checksum', 'etag-md5', 'etag-parts'];
    for (const { path, proof } of moved.files) assert.ok(proofs.includes(proof ?? ''), `${path}: ${proof}`);
    assert.ok((await bytesWithKey(target, 'large')).equals(files.large));
    const again = await moves(useTree(t, files), 'download');
    assert.deepEqual(
      new Set(again.files.map(({ fate, proof, attempts }) => `${fate} ${proof} ${attempts}`)),
      new Set(['deleted download 0']),
    );
  },
);

contract('what is there from before, without a key, is seen all the same', {}, async ({ target, store }) => {
  const { client, bucket: Bucket } = target;
  await client.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'content' }));
  const { size, etag } = await store({ object }).head({ key: 'plain' });
  assert.deepEqual([size, etag], [7, md5Of('content')]);
});

contract('another key opens nothing', { needs: 'SSE-C' }, async ({ t, store }) => {
  await store({ object }).upload('key', await useContent(t, 'content'));
  const outcome = await outcomeOf(store({ object: { customerKey: OTHER_KEY } }).head({ key: 'key' }));
  assert.match(outcome, /^40[03] /);
});

contract(
  'what tries out whether one may write brings the key',
  { needs: 'SSE-C' },
  async ({ target, store }) => {
    assert.ok(await store({ object }).probeWrite('probe'));
    const [put] = target.server?.requests.of('PutObject') ?? [];
    assert.deepEqual(put && HEADERS.filter((name) => name in put.headers), target.server && HEADERS);
  },
);

contract(
  'a key is not sent where it could be read on the way, whatever names the endpoint',
  {},
  async ({ store }) => {
    const careless = store({ object, endpointUrl: 'http://192.0.2.1:9' });
    await assert.rejects(careless.listPage({ prefix: '' }), {
      code: 'BAD_OPTION',
      message: 'A customer key (SSE-C) is set, and anybody on the way to http://192.0.2.1 could read it.',
    });
  },
);

async function bytesWithKey({ client, bucket: Bucket }: Target, Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...CUSTOMER_KEY }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}
