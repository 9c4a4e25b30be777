import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreError } from '../../../../src/s3/store-error.ts';
import { answer, useAnswers, useRawServer } from '../../../support/raw-server.ts';
import { endpointAt, errorXml, head, put, useRequests, withoutWaiting } from './use-requests.ts';

const WRITTEN = answer(200, '', { ETag: '"x"' });
const HTML = '<!doctype html><title>Welcome</title><p>Please sign in';
const xml = (status: number, code: string) => answer(status, errorXml(code));

/** What passes: it is asked for three times, and then it is this. */
const TEMPORARY: Readonly<Record<string, readonly [string, string]>> = {
  'a 500': [xml(500, 'InternalError'), 'InternalError'],
  'a 500 without a word': [answer(500), 'Http500'],
  'a 502 page': [answer(502, HTML), 'Http502'],
  'a 503': [xml(503, 'SlowDown'), 'SlowDown'],
  'a 503 of a code that is not known': [xml(503, 'XMinioServerNotInitialized'), 'XMinioServerNotInitialized'],
  'a 504': [answer(504), 'Http504'],
  'a 429': [answer(429), 'Http429'],
  'an empty 408': [answer(408), 'Http408'],
  'the 408 page of a proxy': [answer(408, HTML), 'NotS3'],
  'a 400 RequestTimeout': [xml(400, 'RequestTimeout'), 'RequestTimeout'],
  'a body that was damaged': [xml(400, 'BadDigest'), 'BadDigest'],
  'a body whose SHA-256 differs': [xml(400, 'XAmzContentSHA256Mismatch'), 'XAmzContentSHA256Mismatch'],
  'a body that was cut short': [xml(400, 'IncompleteBody'), 'IncompleteBody'],
  'a web page that says 200': [answer(200, HTML), 'NotS3'],
  'an empty 200': [answer(200), 'NotS3'],
  'a 204': ['HTTP/1.1 204 No Content\r\n\r\n', 'NotS3'],
  'no HTTP': ['220 smtp.example.com ESMTP\r\n\r\n', 'NotHttp'],
  'an InternalError in a 200': [xml(200, 'InternalError'), 'InternalError'],
  'a SlowDown in a 200': [xml(200, 'SlowDown'), 'SlowDown'],
  'a ServiceUnavailable in a 200': [xml(200, 'ServiceUnavailable'), 'ServiceUnavailable'],
  'a RequestTimeout in a 200': [xml(200, 'RequestTimeout'), 'RequestTimeout'],
};

/** What does not: it is asked for once. */
const FINAL: Readonly<Record<string, readonly [string, string]>> = {
  'a 403': [xml(403, 'AccessDenied'), 'AccessDenied'],
  'a wrong secret': [xml(403, 'SignatureDoesNotMatch'), 'SignatureDoesNotMatch'],
  'a 404': [xml(404, 'NoSuchBucket'), 'NoSuchBucket'],
  'a 412': [xml(412, 'PreconditionFailed'), 'PreconditionFailed'],
  'a 301': [xml(301, 'PermanentRedirect'), 'PermanentRedirect'],
  'an empty 403': [answer(403), 'AccessDenied'],
  'an empty 404': [answer(404), 'NoSuchKey'],
  'an empty 418': [answer(418), 'Http418'],
  'a 403 page': [answer(403, HTML), 'NotS3'],
  'a 302 page': [answer(302, HTML), 'NotS3'],
  'a 501': [xml(501, 'NotImplemented'), 'NotImplemented'],
  'an AccessDenied in a 200': [xml(200, 'AccessDenied'), 'AccessDenied'],
};

for (const [what, [refusal, code]] of Object.entries(TEMPORARY)) {
  test(`${what} is retried up to the limit, and is ${code} in the end`, async (t) => {
    withoutWaiting(t);
    let isWell = false;
    const server = await useAnswers(t, (_, index) => (isWell && index > 4 ? WRITTEN : refusal));
    const requests = useRequests(t, endpointAt(server.origin));
    await assert.rejects(requests.send(put()), { name: 'StoreError', code, attempts: 3 });
    assert.equal(server.requests.length, 3);
    isWell = true;
    const { status, attempts } = await requests.send(put());
    assert.deepEqual([status, attempts, server.requests.length], [200, 3, 6]);
    assert.ok(server.requests.every(({ body }) => body.toString() === 'some bytes'));
  });
}

for (const [what, [refusal, code]] of Object.entries(FINAL)) {
  test(`${what} is ${code}, and not retried`, async (t) => {
    const server = await useAnswers(t, () => refusal);
    const status = Number(refusal.slice(9, 12));
    const requests = useRequests(t, endpointAt(server.origin));
    await assert.rejects(requests.send(put()), { name: 'StoreError', code, status, attempts: 1 });
    assert.equal(server.requests.length, 1);
  });
}

test('the answer to HEAD is judged by its status alone', async (t) => {
  withoutWaiting(t);
  const statuses = { 404: 'NoSuchKey', 403: 'AccessDenied', 412: 'PreconditionFailed', 503: 'Http503' };
  for (const [status, code] of Object.entries(statuses)) {
    const server = await useAnswers(t, () => `HTTP/1.1 ${status} Words\r\ncontent-length: 300\r\n\r\n`);
    await assert.rejects(useRequests(t, endpointAt(server.origin)).send(head()), { code });
    assert.equal(server.requests.length, status === '503' ? 3 : 1);
  }
});

test('a connection that is cut, refused or reset is retried up to the limit', async (t) => {
  withoutWaiting(t);
  for (const cut of ['end', 'reset'] as const) {
    const server = await useRawServer(t, async (peer) => {
      await peer.request();
      if (peer.number === 2) peer.write(WRITTEN);
      else peer[cut]();
    });
    assert.equal((await useRequests(t, endpointAt(server.origin)).send(put())).attempts, 3);
  }
  const nobody = { secure: false, host: '127.0.0.1', port: 1 };
  await assert.rejects(useRequests(t, endpointAt(nobody)).send(put()), { code: 'ECONNREFUSED', attempts: 3 });
});

test('a server with another protocol or an untrusted certificate is not asked again', async (t) => {
  const server = await useRawServer(t, (peer) => peer.write(answer(400, 'plain')));
  const requests = useRequests(t, endpointAt({ ...server.origin, secure: true }));
  await assert.rejects(requests.send(put()), (error) => error instanceof StoreError && error.attempts === 1);
  assert.equal(server.peers.length, 1);
});

test('an error names operation, code, status and message, and nothing else of the answer or the request', async (t) => {
  const body = errorXml('SignatureDoesNotMatch', 'It does not &lt;match&gt;.').replace(
    '</Error>',
    '<AWSAccessKeyId>an-access-key</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256</StringToSign></Error>',
  );
  const server = await useAnswers(t, () => answer(403, body));
  await assert.rejects(useRequests(t, endpointAt(server.origin)).send(put()), {
    message: 'PutObject: SignatureDoesNotMatch (HTTP 403): It does not <match>.',
  });
});
