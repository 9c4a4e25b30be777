import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { TEST_BUCKET as Bucket, useS3Server } from '../../support/s3-server.ts';
import { callRaw, hmac, outcomeOf, sendRaw, sha256, signRaw, useClient } from './client.ts';

const path = `/${Bucket}/key`;

/** Presigns a GET by hand. */
function presign(server: S3Server, at: Date, expires: number): Record<string, string> {
  const timestamp = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const day = timestamp.slice(0, 8);
  const scope = `${day}/us-east-1/s3/aws4_request`;
  const query: Record<string, string> = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${server.accessKeyId}/${scope}`,
    'X-Amz-Date': timestamp,
    'X-Amz-Expires': `${expires}`,
    'X-Amz-SignedHeaders': 'host',
  };
  const canonicalQuery = Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  const canonical = `GET\n${path}\n${canonicalQuery}\nhost:127.0.0.1:${server.port}\n\nhost\nUNSIGNED-PAYLOAD`;
  const key = [day, 'us-east-1', 's3', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${server.secretAccessKey}`,
  );
  const toSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`;
  query['X-Amz-Signature'] = hmac(key, toSign).toString('hex');
  return query;
}

test('an unknown access key is InvalidAccessKeyId and a wrong secret SignatureDoesNotMatch', async (t) => {
  const server = await useS3Server(t);
  const { accessKeyId, secretAccessKey } = server;
  const unknown = useClient(t, server, { credentials: { accessKeyId: 'NOBODY', secretAccessKey } });
  const wrong = useClient(t, server, { credentials: { accessKeyId, secretAccessKey: 'not the secret' } });
  assert.equal(await outcomeOf(unknown.send(new ListObjectsV2Command({ Bucket }))), '403 InvalidAccessKeyId');
  assert.equal(
    await outcomeOf(wrong.send(new ListObjectsV2Command({ Bucket }))),
    '403 SignatureDoesNotMatch',
  );
  const put = new PutObjectCommand({ Bucket, Key: 'key', Body: 'x' });
  assert.equal(await outcomeOf(wrong.send(put)), '403 SignatureDoesNotMatch');
});

test('an anonymous request is refused', async (t) => {
  const server = await useS3Server(t);
  const answer = await sendRaw(server, { method: 'GET', path, headers: {} });
  assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied']);
  assert.match(answer.text, /<Resource>\/test-bucket\/key<\/Resource><RequestId>[0-9A-F]{16}<\/RequestId>/);
});

test('a request signed 16 minutes ago or ahead is too skewed, one of 14 minutes is not', async (t) => {
  const server = await useS3Server(t);
  const get = (minutes: number) =>
    callRaw(server, { method: 'GET', path, at: new Date(Date.now() + minutes * 60_000) });
  assert.equal((await get(-16)).code, 'RequestTimeTooSkewed');
  assert.equal((await get(16)).code, 'RequestTimeTooSkewed');
  assert.equal((await get(-14)).code, 'NoSuchKey');
});

test('a header that was changed, or added without a signature, is refused', async (t) => {
  const server = await useS3Server(t);
  const raw = { method: 'GET', path, headers: { 'x-amz-meta-a': '1' } };
  const { headers } = signRaw(server, raw);
  const changed = await sendRaw(server, { ...raw, headers: { ...headers, 'x-amz-meta-a': '2' } });
  assert.equal(changed.code, 'SignatureDoesNotMatch');
  const added = await sendRaw(server, { ...raw, headers: { ...headers, 'x-amz-meta-b': '2' } });
  assert.equal(added.code, 'AccessDenied');
});

test('header values are folded and query parameters sorted before they are compared', async (t) => {
  const server = await useS3Server(t);
  const raw = { method: 'GET', path: `/${Bucket}`, query: { prefix: 'a b/ü', 'list-type': '2' } };
  const { headers } = signRaw(server, { ...raw, headers: { 'x-amz-meta-a': 'one two' } });
  const answer = await sendRaw(server, { ...raw, headers: { ...headers, 'x-amz-meta-a': '  one   two ' } });
  assert.equal(answer.status, 200);
});

test('a presigned URL works until it expires', async (t) => {
  const server = await useS3Server(t);
  await useClient(t, server).send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'content' }));
  const get = (query: Record<string, string>) =>
    sendRaw(server, { method: 'GET', path, query, headers: { host: `127.0.0.1:${server.port}` } });
  const good = presign(server, new Date(), 60);
  assert.equal((await get(good)).text, 'content');
  const expired = await get(presign(server, new Date(Date.now() - 120_000), 60));
  assert.deepEqual([expired.status, expired.code], [403, 'AccessDenied']);
  assert.equal((await get({ ...good, 'X-Amz-Expires': '120' })).code, 'SignatureDoesNotMatch');
  assert.equal((await get({ ...good, 'X-Amz-Expires': '604801' })).code, 'AuthorizationQueryParametersError');
});

test('malformed authorization headers are told apart', async (t) => {
  const server = await useS3Server(t);
  const { headers } = signRaw(server, { method: 'GET', path });
  const send = async (authorization: string) =>
    (await sendRaw(server, { method: 'GET', path, headers: { ...headers, authorization } })).code;
  assert.equal(await send('AWS key:signature'), 'InvalidRequest');
  assert.equal(await send('AWS4-HMAC-SHA256 nonsense'), 'AuthorizationHeaderMalformed');
  const otherService = headers.authorization?.replace('/s3/', '/ec2/') ?? '';
  assert.equal(await send(otherService), 'AuthorizationHeaderMalformed');
});

test('a session token must be the configured one', async (t) => {
  const server = await useS3Server(t, { sessionToken: 'token' });
  const { accessKeyId, secretAccessKey } = server;
  const client = (sessionToken?: string) =>
    useClient(t, server, {
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    });
  const list = () => new ListObjectsV2Command({ Bucket });
  assert.equal(await outcomeOf(client('token').send(list())), 'ok');
  assert.equal(await outcomeOf(client('other').send(list())), '400 InvalidToken');
  assert.equal(await outcomeOf(client().send(list())), '400 InvalidToken');
});

test('a bucket in another region redirects, and a third region is malformed', async (t) => {
  const server = await useS3Server(t);
  const body = Buffer.from(
    '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>',
  );
  assert.equal((await callRaw(server, { method: 'PUT', path: '/europe', body })).status, 200);
  const head = (region: string) => callRaw(server, { method: 'HEAD', path: '/europe', region });
  assert.equal((await head('eu-west-1')).status, 200);
  const redirect = await head('us-east-1');
  assert.deepEqual(
    [redirect.status, redirect.headers['x-amz-bucket-region'], redirect.text],
    [301, 'eu-west-1', ''],
  );
  const malformed = await callRaw(server, { method: 'GET', path: '/europe', region: 'us-west-2' });
  assert.deepEqual([malformed.status, malformed.code], [400, 'AuthorizationHeaderMalformed']);
  assert.match(malformed.text, /<Region>eu-west-1<\/Region>/);
  const location = await callRaw(server, { method: 'GET', path: '/europe', query: { location: '' } });
  assert.match(location.text, />eu-west-1<\/LocationConstraint>/);
});

test('a HEAD that is refused has no body', async (t) => {
  const server = await useS3Server(t);
  const answer = await callRaw(server, { method: 'HEAD', path, secretAccessKey: 'wrong' });
  assert.deepEqual([answer.status, answer.text], [403, '']);
});

test('buckets are reached by host name too', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  await client.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: 'content' }));
  const host = `${Bucket}.localhost:${server.port}`;
  const hosted = useClient(t, server, { forcePathStyle: false, endpoint: `http://127.0.0.1:${server.port}` });
  hosted.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string>; path: string }).headers.host = host;
      (args.request as { path: string }).path = (args.request as { path: string }).path.replace(
        `/${Bucket}`,
        '',
      );
      return next(args);
    },
    { step: 'build', priority: 'low' },
  );
  await hosted.send(new HeadBucketCommand({ Bucket }));
  const got = await hosted.send(new GetObjectCommand({ Bucket, Key: 'a/b' }));
  assert.equal(await got.Body?.transformToString(), 'content');
  assert.deepEqual(
    server.requests.of('GetObject').map(({ bucket, key, headers }) => [bucket, key, headers.host]),
    [[Bucket, 'a/b', host]],
  );
});
