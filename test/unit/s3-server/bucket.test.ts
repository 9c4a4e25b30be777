import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { TEST_BUCKET as Bucket, useS3Server } from '../../support/s3-server.ts';
import { callRaw, outcomeOf, useClient } from './client.ts';

const Key = 'key';

test('buckets are created, listed, and deleted when they are empty', async (t) => {
  const client = useClient(t, await useS3Server(t));
  await client.send(new CreateBucketCommand({ Bucket: 'another' }));
  const { Buckets } = await client.send(new ListBucketsCommand({}));
  assert.deepEqual(
    Buckets?.map(({ Name }) => Name),
    ['another', Bucket],
  );
  assert.equal(
    await outcomeOf(client.send(new CreateBucketCommand({ Bucket: 'Not_a_name' }))),
    '400 InvalidBucketName',
  );
  await client.send(new PutObjectCommand({ Bucket: 'another', Key, Body: 'x' }));
  const remove = () => outcomeOf(client.send(new DeleteBucketCommand({ Bucket: 'another' })));
  assert.equal(await remove(), '409 BucketNotEmpty');
  await client.send(new DeleteObjectCommand({ Bucket: 'another', Key }));
  assert.equal(await remove(), 'ok');
  assert.equal(await outcomeOf(client.send(new HeadBucketCommand({ Bucket: 'another' }))), '404 NotFound');
});

test('a folder that holds something else is left alone', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  const photo = join(server.directory, 'photos', 'holiday.jpg');
  await mkdir(join(server.directory, 'photos'));
  await writeFile(photo, 'precious');
  const create = client.send(new CreateBucketCommand({ Bucket: 'photos' }));
  assert.equal(await outcomeOf(create), '409 BucketAlreadyExists');
  assert.equal(await readFile(photo, 'utf8'), 'precious');
  await client.send(new DeleteBucketCommand({ Bucket }));
  assert.deepEqual(await readdir(server.directory), ['photos']);
  await client.send(new CreateBucketCommand({ Bucket }));
});

test('versions and delete markers are kept, listed and deleted one by one', async (t) => {
  const client = useClient(t, await useS3Server(t));
  await client.send(new PutObjectCommand({ Bucket, Key, Body: 'unversioned' }));
  const enable = { Bucket, VersioningConfiguration: { Status: 'Enabled' } } as const;
  await client.send(new PutBucketVersioningCommand(enable));
  const one = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'one' }));
  const two = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'two' }));
  const marker = await client.send(new DeleteObjectCommand({ Bucket, Key }));
  assert.equal(await outcomeOf(client.send(new GetObjectCommand({ Bucket, Key }))), '404 NoSuchKey');
  const ids: (string | undefined)[] = [];
  let page: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (page !== undefined) {
    const list = new ListObjectVersionsCommand({ Bucket, MaxKeys: 1, ...page });
    const answer: ListObjectVersionsCommandOutput = await client.send(list);
    ids.push(
      ...[...(answer.Versions ?? []), ...(answer.DeleteMarkers ?? [])].map(({ VersionId }) => VersionId),
    );
    const { NextKeyMarker: KeyMarker = '', NextVersionIdMarker: VersionIdMarker = '' } = answer;
    page = answer.IsTruncated ? { KeyMarker, VersionIdMarker } : undefined;
  }
  assert.deepEqual(ids, [marker.VersionId, two.VersionId, one.VersionId, 'null']);
  const read = async (VersionId?: string) =>
    (await client.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();
  assert.deepEqual([await read(one.VersionId), await read('null')], ['one', 'unversioned']);
  const Tagging = { TagSet: [{ Key: 'a', Value: '1' }] };
  await client.send(new PutObjectTaggingCommand({ Bucket, Key, VersionId: one.VersionId, Tagging }));
  const again = await client.send(new ListObjectVersionsCommand({ Bucket }));
  const versions = [two.VersionId, one.VersionId, 'null'];
  assert.deepEqual(
    again.Versions?.map(({ VersionId }) => VersionId),
    versions,
  );
  await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId: marker.VersionId }));
  assert.equal(await read(), 'two');
  assert.equal(await outcomeOf(read('unknown')), '404 NoSuchVersion');
});

test('retention and legal hold keep a version', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  const locked = { Bucket: 'locked', Key };
  await client.send(new CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true }));
  const { VersionId } = await client.send(new PutObjectCommand({ ...locked, Body: 'x' }));
  const version = { ...locked, VersionId };
  const remove = (more = {}) => outcomeOf(client.send(new DeleteObjectCommand({ ...version, ...more })));
  const Retention = { Mode: 'GOVERNANCE', RetainUntilDate: new Date(Date.now() + 60_000) } as const;
  await client.send(new PutObjectRetentionCommand({ ...version, Retention }));
  const got = await client.send(new GetObjectRetentionCommand(version));
  assert.deepEqual(got.Retention, Retention);
  assert.equal(await remove(), '403 AccessDenied');
  const shorter = { ...Retention, RetainUntilDate: new Date(Date.now() + 30_000) };
  const shorten = new PutObjectRetentionCommand({ ...version, Retention: shorter });
  assert.equal(await outcomeOf(client.send(shorten)), '403 AccessDenied');
  await client.send(new PutObjectLegalHoldCommand({ ...version, LegalHold: { Status: 'ON' } }));
  assert.equal(await remove({ BypassGovernanceRetention: true }), '403 AccessDenied');
  await client.send(new PutObjectLegalHoldCommand({ ...version, LegalHold: { Status: 'OFF' } }));
  assert.equal(await remove({ BypassGovernanceRetention: true }), 'ok');
  const bare = { method: 'PUT', path: `/locked/${Key}`, body: Buffer.from('x') };
  const headers = {
    'x-amz-object-lock-mode': 'COMPLIANCE',
    'x-amz-object-lock-retain-until-date': Retention.RetainUntilDate.toISOString(),
  };
  const withoutDigest = await callRaw(server, { ...bare, headers });
  assert.deepEqual([withoutDigest.status, withoutDigest.code], [400, 'InvalidRequest']);
});

test('metadata, tags, storage class and encryption come back', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const system = {
    ContentType: 'text/plain; charset=utf-8',
    CacheControl: 'max-age=60',
    ContentDisposition: 'attachment; filename="a b.txt"',
    ContentEncoding: 'gzip',
    ContentLanguage: 'de',
    StorageClass: 'STANDARD_IA',
    ServerSideEncryption: 'AES256',
    Metadata: { 'with-dash': 'a value' },
  } as const;
  await client.send(
    new PutObjectCommand({ Bucket, Key, Body: 'x', Tagging: 'a=1&b=two%20words', ...system }),
  );
  const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
  for (const [name, value] of Object.entries(system))
    assert.deepEqual(head[name as keyof typeof system], value);
  const tags = async () => (await client.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;
  assert.deepEqual(await tags(), [
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: 'two words' },
  ]);
  const Tagging = { TagSet: [{ Key: '<&>', Value: '' }] };
  await client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging }));
  assert.deepEqual(await tags(), Tagging.TagSet);
  const bogus = { Bucket, Key, Body: 'x', StorageClass: 'NOPE' as 'STANDARD' };
  assert.equal(await outcomeOf(client.send(new PutObjectCommand(bogus))), '400 InvalidStorageClass');
  const large = { Bucket, Key, Body: 'x', Metadata: { a: 'x'.repeat(2048) } };
  assert.equal(await outcomeOf(client.send(new PutObjectCommand(large))), '400 MetadataTooLarge');
});

test('a bucket that encrypts with KMS by default gives opaque ETags', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'id' } as const;
  const ServerSideEncryptionConfiguration = { Rules: [{ ApplyServerSideEncryptionByDefault }] };
  await client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
  const put = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  assert.deepEqual([put.ServerSideEncryption, put.SSEKMSKeyId], ['aws:kms', 'id']);
  assert.notEqual(put.ETag, '"9dd4e461268c8034f5c8564e155c67a6"');
});

test('configuration documents are stored and given back', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const get = () => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  assert.equal(await outcomeOf(get()), '404 NoSuchLifecycleConfiguration');
  const rule = { ID: 'x', Status: 'Enabled' as const, Filter: { Prefix: 'a/' } };
  const Rules = [{ ...rule, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }];
  const lifecycle = { Bucket, LifecycleConfiguration: { Rules } };
  await client.send(new PutBucketLifecycleConfigurationCommand(lifecycle));
  assert.deepEqual((await get()).Rules, Rules);
  const Policy = '{"Version":"2012-10-17","Statement":[]}';
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  assert.equal((await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy, Policy);
  const malformed = client.send(new PutBucketPolicyCommand({ Bucket, Policy: '{' }));
  assert.equal(await outcomeOf(malformed), '400 MalformedPolicy');
});

test('many objects are deleted at once, and a digest of the list is required', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  const keys = ['a&b', '<c>', 'd e', '\u{1F600}', ' '];
  for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const Objects = [...keys, 'missing'].map((Key) => ({ Key }));
  const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  assert.deepEqual([Deleted?.map(({ Key }) => Key), Errors], [[...keys, 'missing'], undefined]);
  for (const Key of keys)
    assert.equal(await outcomeOf(client.send(new HeadObjectCommand({ Bucket, Key }))), '404 NotFound');
  const body = Buffer.from('<Delete><Object><Key>a</Key></Object></Delete>');
  const bare = await callRaw(server, { method: 'POST', path: `/${Bucket}`, query: { delete: '' }, body });
  assert.deepEqual([bare.status, bare.code], [400, 'InvalidRequest']);
});

test('an unsupported operation is NotImplemented, and is never taken for another one', async (t) => {
  const server = await useS3Server(t);
  const call = async (method: string, path: string, name: string) =>
    (await callRaw(server, { method, path, query: { [name]: '' } })).code;
  assert.equal(await call('PUT', `/${Bucket}/${Key}`, 'acl'), 'NotImplemented');
  assert.equal(await call('DELETE', `/${Bucket}`, 'website'), 'NotImplemented');
  assert.equal(await call('POST', `/${Bucket}/${Key}`, 'other'), 'MethodNotAllowed');
  assert.equal((await callRaw(server, { method: 'HEAD', path: `/${Bucket}` })).status, 200);
});
