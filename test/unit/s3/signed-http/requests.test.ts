import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeKey, queryOf } from '../../../../src/s3/signed-http/uri.ts';
import { answer, useAnswers } from '../../../support/raw-server.ts';
import { TEST_BUCKET, useS3Server } from '../../../support/s3-server.ts';
import { endpointAt, endpointOf, head, put, useRequests } from './use-requests.ts';

const WRITTEN = answer(200, '', { ETag: '"x"' });

test('the embedded endpoint takes the signature of any key and query', async (t) => {
  const server = await useS3Server(t);
  const requests = useRequests(t, endpointOf(server));
  const keys = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    .filter((key) => Buffer.byteLength(key) < 900);
  await fc.assert(
    fc.asyncProperty(keys, async (key) => {
      const path = `/k${encodeKey(key)}`;
      await requests.send(put(path, key));
      const { headers } = await requests.send(head(path));
      assert.equal(headers.get('etag'), `"${createHash('md5').update(key).digest('hex')}"`);
      const listed = await requests.send({
        operation: 'ListObjectsV2',
        method: 'GET',
        path: '',
        query: queryOf({
          'list-type': '2',
          prefix: `k${key}`,
          'start-after': `A${key}`,
          'encoding-type': 'url',
        }),
      });
      assert.match(listed.body.toString(), /<KeyCount>[1-9]/);
      assert.ok(server.requests.some((request) => request.key === `k${key}`));
    }),
    { numRuns: 60 },
  );
  assert.ok(server.requests.every(({ status }) => status === 200));
});

test('metadata with spaces around and within it is signed as the endpoint sees it', async (t) => {
  const server = await useS3Server(t);
  const requests = useRequests(t, endpointOf(server), { maxAttempts: 1 });
  for (const value of ['a  b', 'a', '', ' a', 'a ']) {
    const { status } = await requests.send({ ...put(), headers: { 'x-amz-meta-a': value } });
    assert.equal(status, 200, JSON.stringify(value));
  }
});

test('a body is signed beside its MD5 only if that is requested', async (t) => {
  const body = randomBytes(3 * 1024 * 1024);
  const sha256 = createHash('sha256').update(body).digest('hex');
  for (const signPayload of [false, true]) {
    const server = await useS3Server(t);
    const requests = useRequests(t, endpointOf(server), { signPayload });
    const md5 = createHash('md5').update(body).digest('base64');
    const request = { ...put('/large', body), headers: { 'content-md5': md5 } };
    const { headers } = await requests.send(request);
    assert.equal(headers.get('etag'), `"${createHash('md5').update(body).digest('hex')}"`);
    const [sent] = server.requests.of('PutObject');
    assert.equal(sent?.headers['x-amz-content-sha256'], signPayload ? sha256 : 'UNSIGNED-PAYLOAD');
  }
});

test('over plain HTTP a body without an MD5 is signed, whatever else it is sent with', async (t) => {
  const server = await useS3Server(t);
  const body = Buffer.from('content');
  const headers = { 'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64') };
  await useRequests(t, endpointOf(server)).send({ ...put('/key', body), headers });
  const [sent] = server.requests.of('PutObject');
  assert.equal(sent?.headers['x-amz-content-sha256'], createHash('sha256').update(body).digest('hex'));
});

test('the head of a request is what HTTP and S3 want of it', async (t) => {
  const server = await useAnswers(t, () => WRITTEN);
  const requests = useRequests(t, endpointAt(server.origin));
  await requests.send({ ...put('/a%20b'), query: 'partNumber=1', headers: { 'content-md5': 'AAAA' } });
  await requests.send({ operation: 'CreateMultipartUpload', method: 'POST', path: '/a', query: 'uploads=' });
  await requests.send({ operation: 'ListObjectsV2', method: 'GET', path: '', query: 'list-type=2' });
  await requests.send({ operation: 'AbortMultipartUpload', method: 'DELETE', path: '/a' });
  assert.deepEqual(
    server.requests.map(({ line, headers }) => [line, headers['content-length'], headers['content-md5']]),
    [
      [`PUT /${TEST_BUCKET}/a%20b?partNumber=1 HTTP/1.1`, '10', 'AAAA'],
      [`POST /${TEST_BUCKET}/a?uploads= HTTP/1.1`, '0', undefined],
      [`GET /${TEST_BUCKET}?list-type=2 HTTP/1.1`, undefined, undefined],
      [`DELETE /${TEST_BUCKET}/a HTTP/1.1`, undefined, undefined],
    ],
  );
  // A proxy that compresses would tell no sizes.
  assert.equal(server.requests[2]?.headers['accept-encoding'], 'identity');
  for (const { headers } of server.requests) {
    const signed = /SignedHeaders=([^,]*)/.exec(headers.authorization ?? '')?.[1]?.split(';');
    const unsigned = ['authorization', 'content-length', 'accept-encoding'];
    const sent = Object.keys(headers).filter((name) => !unsigned.includes(name));
    assert.deepEqual(signed, sent.sort());
    assert.equal(headers.host, `127.0.0.1:${server.port}`);
    assert.match(headers['x-amz-date'] ?? '', /^\d{8}T\d{6}Z$/);
  }
});

test('a bucket in the host name has the root for its path', async (t) => {
  const server = await useAnswers(t, () => WRITTEN);
  const requests = useRequests(t, endpointAt(server.origin, { basePath: '' }));
  await requests.send({ operation: 'ListObjectsV2', method: 'GET', path: '', query: 'list-type=2' });
  await requests.send(head('/key'));
  assert.deepEqual(
    server.requests.map(({ line }) => line),
    ['GET /?list-type=2 HTTP/1.1', 'HEAD /key HTTP/1.1'],
  );
});

test('credentials are asked for every time, and a session token is sent and signed', async (t) => {
  const server = await useAnswers(t, () => WRITTEN);
  const all = ['one', 'two'].map((sessionToken) => ({
    accessKeyId: sessionToken,
    secretAccessKey: 's',
    sessionToken,
  }));
  const credentials = async () => all.shift() ?? { accessKeyId: 'three', secretAccessKey: 's' };
  const requests = useRequests(t, endpointAt(server.origin, { credentials }));
  for (let n = 0; n < 3; n += 1) await requests.send(put());
  assert.deepEqual(
    server.requests.map(({ headers }) => headers['x-amz-security-token']),
    ['one', 'two', undefined],
  );
  for (const [index, name] of ['one', 'two', 'three'].entries()) {
    const { authorization = '' } = server.requests[index]?.headers ?? {};
    assert.match(authorization, new RegExp(`Credential=${name}/`));
    assert.equal(authorization.includes('x-amz-security-token'), name !== 'three');
  }
});

test('without credentials nothing is sent', async (t) => {
  const server = await useAnswers(t, () => WRITTEN);
  const credentials = () => Promise.reject(new Error('the profile is not there'));
  const requests = useRequests(t, endpointAt(server.origin, { credentials }));
  await assert.rejects(requests.send(put()), {
    name: 'StoreError',
    code: 'CredentialsProviderError',
    message: 'no credentials: the profile is not there',
  });
  assert.equal(server.peers.length, 0);
});

test('a header that would end early or is not ASCII is sent to nobody', async (t) => {
  const server = await useAnswers(t, () => WRITTEN);
  const requests = useRequests(t, endpointAt(server.origin));
  for (const value of ['a\r\nx-evil: 1', 'a\nb', 'ä', '\u0000', '\u007f']) {
    await assert.rejects(requests.send({ ...put(), headers: { 'x-amz-meta-a': value } }), (error) => {
      assert.doesNotMatch(String(error), /evil/);
      return /x-amz-meta-a/.test(String(error));
    });
  }
  assert.equal(server.peers.length, 0);
});
