import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sandbox } from './sandbox.ts';

const KEY = Buffer.alloc(32, 'k').toString('base64');

for (const bucket of [
  'arn:aws:s3:eu-west-1:123456789012:accesspoint/my-ap',
  'arn:aws:s3:eu-west-1:123456789012:accesspoint:my-ap',
  'arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap',
  'my-bucket--use1-az4--x-s3',
]) {
  test(`a bucket may be ${bucket}`, (t) => {
    const { settings } = sandbox(t).load({ env: { S3_BUCKET_NAME: bucket } });
    assert.equal(settings.s3.bucket_name, bucket);
  });
}

test('a combination that S3 refuses is an error that names the settings and the origin of the one to correct', (t) => {
  const box = sandbox(t);
  box.write('cwd/c', 's3: {object_lock_mode: GOVERNANCE, server_side_encryption: AES256, kms_key_id: k}');
  const { code, problems } = box.refused({
    configFile: 'c',
    env: { S3_BACKUP_SSE_CUSTOMER_KEY: KEY, AWS_ENDPOINT_URL: 'http://s3.example.com' },
  });
  assert.equal(code, 'CONFIG_INVALID');
  const variable = 'environment S3_BACKUP_SSE_CUSTOMER_KEY: s3.sse_customer_key:';
  assert.deepEqual(problems, [
    'c: s3.kms_key_id: needs s3.server_side_encryption aws:kms or aws:kms:dsse',
    `${variable} cannot be combined with s3.server_side_encryption; set one of them`,
    `${variable} could be read on the way to http://s3.example.com; use https://`,
    'c: s3.object_lock_mode: needs s3.object_lock_retention',
  ]);
});

test('settings that a directory bucket or an access point does not support are refused', (t) => {
  const box = sandbox(t);
  const flags = (name: string) => ({ 's3.bucket_name': { value: name, flag: '--bucket' } });
  box.write('cwd/c', 's3: {tags: {a: b}, requester_pays: true}\naws: {force_path_style: true}');
  assert.deepEqual(box.refused({ configFile: 'c', flags: flags('my-bucket--use1-az4--x-s3') }).problems, [
    'c: s3.tags: is not supported by directory buckets',
    'c: s3.requester_pays: is not supported by directory buckets',
  ]);
  const arn = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/my-ap';
  assert.deepEqual(box.refused({ configFile: 'c', flags: flags(arn) }).problems, [
    'c: aws.force_path_style: cannot be used with an access point, which is in the host name',
  ]);
});
