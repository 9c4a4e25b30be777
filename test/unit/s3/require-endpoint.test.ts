import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { BackupError } from '../../../src/core/errors.ts';
import { requireEndpoint } from '../../../src/s3/require-endpoint.ts';
import { useS3Server } from '../../support/s3-server.ts';

const ONCE = { proxies: {}, maxAttempts: 1 };

test('an endpoint that refuses unknown credentials answers as S3 does', async (t) => {
  const server = await useS3Server(t);
  await requireEndpoint({ ...ONCE, endpointUrl: server.endpoint });
  assert.deepEqual(
    server.requests.map(({ operation, status }) => [operation, status]),
    [['ListObjectsV2', 403]],
  );
});

test('an endpoint that refuses the form of the credentials answers as S3 does, as R2 does', async (t) => {
  const body =
    '<Error><Code>InvalidArgument</Code><Message>Credential access key has length 7, should be 32</Message></Error>';
  await requireEndpoint({ ...ONCE, endpointUrl: await useAnswer(t, 400, body) });
});

for (const [what, status, body, code] of [
  ['a web console', 200, '<html>Welcome</html>', 'ENDPOINT_NOT_S3'],
  ['a login page', 403, '<html>Who are you?</html>', 'ENDPOINT_NOT_S3'],
  ['an endpoint in trouble', 503, '<Error><Code>ServiceUnavailable</Code></Error>', 'ENDPOINT_ERROR'],
] as const) {
  test(`${what} is refused with ${code}`, async (t) => {
    const endpointUrl = await useAnswer(t, status, body);
    await assert.rejects(requireEndpoint({ ...ONCE, endpointUrl }), { name: 'BackupError', code });
  });
}

test('a port on which nothing listens is refused with ENDPOINT_UNREACHABLE', async (t) => {
  const server = await useS3Server(t);
  await server.close();
  await assert.rejects(requireEndpoint({ ...ONCE, endpointUrl: server.endpoint }), {
    code: 'ENDPOINT_UNREACHABLE',
  });
});

test('http:// spoken to where https:// is meant is refused with ENDPOINT_TLS', async (t) => {
  const { endpoint } = await useS3Server(t);
  const endpointUrl = endpoint.replace('http:', 'https:');
  await assert.rejects(requireEndpoint({ ...ONCE, endpointUrl }), (error) => {
    const { code, message, hint } = error as BackupError;
    assert.equal(code, 'ENDPOINT_TLS');
    // The reason, without the numbers and the sources of OpenSSL around it.
    assert.match(message, /wrong version number\s*$/);
    assert.doesNotMatch(message, /error:|openssl/);
    assert.match(hint ?? '', /write http:\/\/ instead of https:\/\//);
    return true;
  });
});

/** Starts a server that gives one answer to everything. Returns its address. */
async function useAnswer(t: TestContext, status: number, body: string): Promise<string> {
  const server = createServer((_request, answer) => answer.writeHead(status).end(body));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
