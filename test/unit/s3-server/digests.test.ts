import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { TEST_BUCKET as Bucket, useS3Server } from '../../support/s3-server.ts';
import { callRaw, outcomeOf, sha256, useClient } from './client.ts';

const path = `/${Bucket}/key`;
const body = Buffer.from('123456789');
/** The check values of the CRC catalogue (https://reveng.sourceforge.io/crc-catalogue/) for `123456789`. */
const CHECKSUMS = {
  crc32: Buffer.from('cbf43926', 'hex').toString('base64'),
  crc32c: Buffer.from('e3069283', 'hex').toString('base64'),
  crc64nvme: Buffer.from('ae8b14860a799888', 'hex').toString('base64'),
  sha1: createHash('sha1').update(body).digest('base64'),
  sha256: createHash('sha256').update(body).digest('base64'),
};

test('a wrong Content-MD5 is BadDigest, a malformed one InvalidDigest, and neither leaves an object', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  const put = (ContentMD5: string) =>
    client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: body, ContentMD5 }));
  assert.equal(await outcomeOf(put(createHash('md5').update('other').digest('base64'))), '400 BadDigest');
  assert.equal(await outcomeOf(put('abc')), '400 InvalidDigest');
  assert.equal(await outcomeOf(client.send(new HeadObjectCommand({ Bucket, Key: 'key' }))), '404 NotFound');
  assert.equal(await outcomeOf(put(createHash('md5').update(body).digest('base64'))), 'ok');
});

for (const [name, value] of Object.entries(CHECKSUMS)) {
  test(`x-amz-checksum-${name} is checked, stored and answered in checksum mode only`, async (t) => {
    const server = await useS3Server(t);
    const put = (checksum: string) =>
      callRaw(server, { method: 'PUT', path, body, headers: { [`x-amz-checksum-${name}`]: checksum } });
    const wrong = Buffer.from(value, 'base64').reverse().toString('base64');
    assert.equal((await put(wrong)).code, 'BadDigest');
    assert.equal((await put('AAA=')).code, 'InvalidRequest');
    assert.equal((await put(value)).headers[`x-amz-checksum-${name}`], value);
    const head = (headers: Record<string, string>) => callRaw(server, { method: 'HEAD', path, headers });
    const asked = await head({ 'x-amz-checksum-mode': 'ENABLED' });
    assert.equal(asked.headers[`x-amz-checksum-${name}`], value);
    assert.equal(asked.headers['x-amz-checksum-type'], 'FULL_OBJECT');
    assert.equal((await head({})).headers[`x-amz-checksum-${name}`], undefined);
  });
}

test('an object that was sent without a checksum has none', async (t) => {
  const server = await useS3Server(t);
  await callRaw(server, { method: 'PUT', path, body });
  const head = await callRaw(server, { method: 'HEAD', path, headers: { 'x-amz-checksum-mode': 'ENABLED' } });
  assert.deepEqual(
    Object.keys(head.headers).filter((name) => name.startsWith('x-amz-checksum')),
    [],
  );
});

test('two checksums at once, or a named algorithm without its value, are refused', async (t) => {
  const server = await useS3Server(t);
  const put = async (headers: Record<string, string>) =>
    (await callRaw(server, { method: 'PUT', path, body, headers })).code;
  const two = { 'x-amz-checksum-crc32': CHECKSUMS.crc32, 'x-amz-checksum-sha1': CHECKSUMS.sha1 };
  assert.equal(await put(two), 'InvalidRequest');
  assert.equal(await put({ 'x-amz-sdk-checksum-algorithm': 'SHA256' }), 'InvalidRequest');
});

test('a body that is not the signed one is XAmzContentSHA256Mismatch', async (t) => {
  const server = await useS3Server(t);
  const answer = await callRaw(server, { method: 'PUT', path, body, payloadHash: sha256('other') });
  assert.deepEqual([answer.status, answer.code], [400, 'XAmzContentSHA256Mismatch']);
  const nonsense = await callRaw(server, { method: 'PUT', path, body, payloadHash: 'nonsense' });
  assert.equal(nonsense.code, 'InvalidArgument');
});

test('the SDK validates the checksum of what it reads', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  const Body = Buffer.alloc(100_000, 'abc');
  await client.send(new PutObjectCommand({ Bucket, Key: 'key', Body }));
  const got = await client.send(new GetObjectCommand({ Bucket, Key: 'key' }));
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(Body));
  assert.equal(got.ChecksumCRC32, sum.toString('base64'));
  assert.deepEqual(Buffer.from((await got.Body?.transformToByteArray()) ?? []), Body);
});
