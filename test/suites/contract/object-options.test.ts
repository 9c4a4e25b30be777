import assert from 'node:assert/strict';
import { chmodSync, chownSync, statSync, utimesSync } from 'node:fs';
import { GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { type Capability, everybodysPermissions, KMS } from './support/capabilities.ts';
import { contract } from './support/contract.ts';
import { bytesOfLength, openSource, useContent, useSource } from './support/source.ts';
import { PART } from './support/target.ts';
import { assertHolds, headOf, md5Of, partsEtagOf } from './support/truth.ts';

const isRoot = process.geteuid?.() === 0;

const WAYS: Readonly<Record<string, { size: number; tags: Capability }>> = {
  'one request': { size: 10, tags: 'tags on PutObject' },
  parts: { size: PART + 10, tags: 'tags on CreateMultipartUpload' },
};

for (const [how, { size, tags: takesTags }] of Object.entries(WAYS)) {
  const bytes = bytesOfLength(size);

  contract(`what is sent in ${how} has the type of its key's extension`, {}, async ({ t, target, store }) => {
    const content = await useContent(t, bytes);
    for (const [key, type] of [
      ['page.html', 'text/html'],
      ['photo.JPG', 'image/jpeg'],
    ] as const) {
      await store().upload(key, content);
      assert.equal((await headOf(target, key)).ContentType, type);
    }
  });

  contract(
    `what is sent in ${how} has the file's time, mode, owner and metadata`,
    {},
    async ({ t, target, store }) => {
      const { path } = await useSource(t, bytes);
      chmodSync(path, 0o640);
      utimesSync(path, 1_700_000_000.25, 1_700_000_000.25);
      if (isRoot) chownSync(path, 12_345, 4_294_967_294);
      const { uid, gid } = statSync(path);
      const object = {
        metadata: {
          Owner: 'me',
          'several-spaces': 'a  b   c',
          'all-of-ascii': '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
          commas: 'a, b,c',
        },
      };
      await store({ object }).upload('key', await openSource(t, path));
      assert.deepEqual((await headOf(target, 'key')).Metadata, {
        owner: 'me',
        'several-spaces': 'a  b   c',
        'all-of-ascii': object.metadata['all-of-ascii'],
        commas: 'a, b,c',
        mtime: '1700000000.250000000',
        mode: '100640',
        uid: String(uid),
        gid: String(gid),
      });
      await assertHolds(target, 'key', bytes);
    },
  );

  contract(`what is sent in ${how} has its Cache-Control`, {}, async ({ t, target, store }) => {
    await store({ object: { cacheControl: 'max-age=60, public' } }).upload('key', await useContent(t, bytes));
    assert.equal((await headOf(target, 'key')).CacheControl, 'max-age=60, public');
  });

  contract(
    `what is sent in ${how} has its access control list`,
    { needs: 'access control lists' },
    async ({ t, target, store }) => {
      await store({ object: { acl: 'public-read' } }).upload('key', await useContent(t, bytes));
      if (target.server === undefined) {
        assert.deepEqual(await everybodysPermissions(target, 'key'), ['READ']);
        return;
      }
      const [made] = target.server.requests.of('PutObject', 'CreateMultipartUpload');
      assert.equal(made?.headers['x-amz-acl'], 'public-read');
    },
  );

  contract(`what is sent in ${how} has its storage class`, { needs: 'STANDARD_IA' }, async (bench) => {
    const { t, target, store } = bench;
    await store({ object: { storageClass: 'STANDARD_IA' } }).upload('key', await useContent(t, bytes));
    assert.equal((await headOf(target, 'key')).StorageClass, 'STANDARD_IA');
    await assertHolds(target, 'key', bytes);
  });

  contract(`what is sent in ${how} has its tags`, { needs: takesTags }, async ({ t, target, store }) => {
    const tags = { 'a key': 'a value & more', plain: 'x', 'ä+b': 'c=d/100 %', empty: '' };
    await store({ object: { tags } }).upload('key', await useContent(t, bytes));
    const { client, bucket: Bucket } = target;
    const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'key' }));
    assert.deepEqual(Object.fromEntries(TagSet.map(({ Key, Value }) => [Key, Value])), tags);
  });

  contract(
    `what is sent in ${how} is encrypted by SSE-S3 and keeps its ETag`,
    { needs: 'SSE-S3' },
    async (bench) => {
      const { t, target, store } = bench;
      const object = { serverSideEncryption: 'AES256' } as const;
      const { etag } = await store({ object }).upload('key', await useContent(t, bytes));
      assert.equal(etag, size > PART ? partsEtagOf(bytes) : md5Of(bytes));
      assert.equal((await headOf(target, 'key')).ServerSideEncryption, 'AES256');
      await assertHolds(target, 'key', bytes);
    },
  );

  contract(
    `what is sent in ${how} is encrypted by SSE-KMS with the key that was named`,
    { needs: 'SSE-KMS' },
    async (bench) => {
      const { t, target, store } = bench;
      const { etag } = await store({ object: KMS }).upload('key', await useContent(t, bytes));
      const head = await headOf(target, 'key');
      assert.equal(head.ServerSideEncryption, KMS.serverSideEncryption);
      assert.match(head.SSEKMSKeyId ?? '', new RegExp(`${KMS.kmsKeyId}$`));
      assert.equal(head.ETag, `"${etag}"`);
      await assertHolds(target, 'key', bytes);
    },
  );
}
