import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { BackupError, type BackupOptions, type FatalCode } from '../../../src/index.ts';
import { accessErrorFrom } from '../../../src/s3/access.ts';
import { StoreError } from '../../../src/s3/store-error.ts';
import type { FaultAction, S3Server } from '../../../src/s3-server/index.ts';
import { backupTo, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { NODE_FLAGS, sourceUrl } from '../../support/sources.ts';
import { filesIn, useTree } from '../../support/tree.ts';

const SECRET = 'a-secret-that-must-not-be-shown';

/** Runs against the server and expects that it is refused, with a hint, and that nothing was touched or told. */
async function refused(
  t: TestContext,
  server: S3Server,
  { code, hint, ...options }: { code: FatalCode; hint: RegExp } & Partial<BackupOptions>,
): Promise<BackupError> {
  const source = useTree(t, { a: 'x', 'b/c': 'y' });
  const before = filesIn(source);
  let caught: BackupError | undefined;
  await assert.rejects(moveTo(server, source, { maxAttempts: 2, ...options }), (error) => {
    assert.ok(error instanceof BackupError, String(error));
    caught = error;
    return true;
  });
  assert.ok(caught);
  assert.equal(caught.code, code, caught.message);
  assert.match(caught.hint ?? '', hint);
  assert.doesNotMatch(
    JSON.stringify(caught) + caught.message + caught.stack,
    /a-secret-that|StringToSign|AWS4-HMAC/,
  );
  assert.deepEqual(filesIn(source), before);
  assert.deepEqual(
    server.requests.filter(({ operation }) => operation !== 'ListObjectsV2'),
    [],
  );
  return caught;
}

async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

test('an access key that the store does not know is named as that', async (t) => {
  const server = await useS3Server(t);
  const credentials = { accessKeyId: 'somebody-else', secretAccessKey: SECRET };
  await refused(t, server, { code: 'BAD_ACCESS_KEY', hint: /`accessKeyId`/, credentials });
});

test('a secret that does not belong to the key is named as that, and not shown', async (t) => {
  const server = await useS3Server(t);
  const credentials = { accessKeyId: server.accessKeyId, secretAccessKey: SECRET };
  await refused(t, server, { code: 'BAD_SECRET_KEY', hint: /`secretAccessKey`/, credentials });
});

test('a missing bucket is named', async (t) => {
  const server = await useS3Server(t);
  const error = await refused(t, server, {
    code: 'BUCKET_NOT_FOUND',
    hint: /`bucket`/,
    bucket: 'no-such-bucket',
  });
  assert.match(error.message, /no-such-bucket/);
});

test('a bucket in another region is named', async (t) => {
  const server = await useS3Server(t);
  await refused(t, server, { code: 'BUCKET_ELSEWHERE', hint: /`region`/, region: 'eu-central-1' });
});

const FAULTS: readonly { what: string; code: FatalCode; hint: RegExp; fault: FaultAction }[] = [
  {
    what: 'a forbidden bucket',
    code: 'BUCKET_FORBIDDEN',
    hint: /s3:ListBucket/,
    fault: { kind: 'error', status: 403, code: 'AccessDenied' },
  },
  {
    what: 'a redirect to another region',
    code: 'BUCKET_ELSEWHERE',
    hint: /region/,
    fault: { kind: 'error', status: 301, code: 'PermanentRedirect' },
  },
  {
    what: 'a redirect that is called temporary',
    code: 'BUCKET_ELSEWHERE',
    hint: /region/,
    fault: { kind: 'error', status: 307, code: 'TemporaryRedirect' },
  },
  {
    what: 'an expired token',
    code: 'EXPIRED_TOKEN',
    hint: /renew/,
    fault: { kind: 'error', status: 400, code: 'ExpiredToken' },
  },
  {
    what: 'a clock that is off',
    code: 'CLOCK_SKEW',
    hint: /NTP/,
    fault: { kind: 'error', status: 403, code: 'RequestTimeTooSkewed' },
  },
  { what: 'a web page', code: 'ENDPOINT_NOT_S3', hint: /`endpointUrl`/, fault: { kind: 'html-200' } },
  { what: 'an empty answer', code: 'ENDPOINT_NOT_S3', hint: /`endpointUrl`/, fault: { kind: 'no-etag-204' } },
  {
    what: 'a server that fails',
    code: 'ENDPOINT_ERROR',
    hint: /[Nn]othing/,
    fault: { kind: 'error', status: 500, code: 'InternalError' },
  },
  {
    what: 'a connection that is cut',
    code: 'ENDPOINT_UNREACHABLE',
    hint: /network/,
    fault: { kind: 'lost-answer' },
  },
];

for (const { what, code, hint, fault } of FAULTS) {
  test(`${what} is ${code}, and nothing is touched`, async (t) => {
    const server = await useS3Server(t);
    server.faults.plan({ operation: 'ListObjectsV2', times: 9, do: fault });
    await refused(t, server, { code, hint });
  });
}

test('an access check that fails once is retried', async (t) => {
  const server = await useS3Server(t);
  server.faults.plan({ operation: 'ListObjectsV2', do: { kind: 'error', status: 503, code: 'SlowDown' } });
  const report = await backupTo(server, useTree(t, { a: 'x' }));
  assert.deepEqual([report.exit_code, report.counts.kept], [0, 1]);
});

test('a web server that is not S3 is named as that', async (t) => {
  const server = await useS3Server(t);
  const web = createHttpServer((_, answer) => {
    answer
      .setHeader('content-type', 'text/html')
      .end('<!doctype html><title>Welcome</title><p>Hello &nbsp; you');
  });
  const port = await listening(t, web);
  await refused(t, server, {
    code: 'ENDPOINT_NOT_S3',
    hint: /`endpointUrl`/,
    endpointUrl: `http://127.0.0.1:${port}`,
  });
  web.closeAllConnections();
});

test('an endpoint on which no server listens is unreachable', async (t) => {
  const server = await useS3Server(t);
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const error = await refused(t, server, {
    code: 'ENDPOINT_UNREACHABLE',
    hint: /network/,
    endpointUrl: `http://127.0.0.1:${port}`,
  });
  assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}`));
});

test('a name that does not resolve is unreachable', async (t) => {
  const server = await useS3Server(t);
  await refused(t, server, {
    code: 'ENDPOINT_UNREACHABLE',
    hint: /`endpointUrl`/,
    endpointUrl: 'http://no-such-host.invalid',
  });
});

test('https against a server of plain http is a TLS error', async (t) => {
  const server = await useS3Server(t);
  await refused(t, server, {
    code: 'ENDPOINT_TLS',
    hint: /https/,
    endpointUrl: server.endpoint.replace('http:', 'https:'),
  });
});

test('an endpoint that is no URL is refused', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: 'x' });
  await assert.rejects(backupTo(server, source, { endpointUrl: 'not a url' }), { name: 'BackupError' });
});

test('without credentials the run is refused with a hint', (t) => {
  const source = useTree(t, { a: 'x' });
  const script = `
    const { backup } = await import(${JSON.stringify(sourceUrl('index.ts'))});
    try {
      await backup({ source: process.argv[1], bucket: 'b', endpointUrl: 'http://127.0.0.1:1', maxAttempts: 1 });
    } catch (error) { console.log(JSON.stringify([error.name, error.code, error.hint])); }`;
  const { PATH = '', TMPDIR = '/tmp' } = process.env;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...NODE_FLAGS, '--input-type=module', '-e', script, source],
    { encoding: 'utf8', env: { PATH, TMPDIR, HOME: source, AWS_EC2_METADATA_DISABLED: 'true' } },
  );
  const [name, code, hint] = JSON.parse(stdout || 'null') ?? [stderr];
  assert.deepEqual([name, code], ['BackupError', 'NO_CREDENTIALS']);
  assert.match(hint, /`credentials`/);
});

test("the hint says that the endpoint has the bucket's name already, and only then", () => {
  const said = (code: string, bucket: string, endpointName: string) =>
    accessErrorFrom(new StoreError(code, 'x', 404, 1), { bucket, endpointName }).hint;
  const path = 'https://s3.example.com/b/';
  for (const code of ['NoSuchKey', 'NoSuchBucket', 'AccessDenied', 'NotS3', 'SignatureDoesNotMatch'])
    assert.equal(
      said(code, 'b', path),
      "`endpointUrl` ends in the bucket's name: remove b from it, since the program adds it.",
    );
  for (const host of ['https://b.s3.example.com', 'https://B.s3.example.com/'])
    assert.match(
      said('NoSuchKey', 'b', host) ?? '',
      /^`endpointUrl` begins with the bucket's name: remove b from it/,
    );
  for (const other of [
    'https://s3.example.com/bb',
    'https://s3.example.com/b/x',
    'https://bb.example.com',
    'AWS S3',
  ])
    assert.doesNotMatch(said('NoSuchKey', 'b', other) ?? '', /remove b from it/, other);
  for (const code of ['InvalidAccessKeyId', 'ECONNREFUSED', 'RequestTimeTooSkewed'])
    assert.doesNotMatch(said(code, 'b', path) ?? '', /remove b from it/, code);
});

test('a store that is busy may be asked again later, also if its address may be wrong', () => {
  // What the SDK says of an answer that is not XML.
  const text = "char '<' is not expected";
  const errorFor = (code: string, status: number) =>
    accessErrorFrom(new StoreError(code, status < 500 ? 'x' : text, status, 1), {
      bucket: 'b',
      endpointName: 'http://host/b',
    });
  for (const [code, status, isTemporary] of [
    ['SlowDown', 503, true],
    ['RequestTimeout', 400, true],
    ['Http429', 429, true],
    ['Http502', 502, true],
    ['Odd', 400, false],
  ] as const) {
    const { code: known, hint, temporary } = errorFor(code, status);
    assert.deepEqual([known, temporary], ['ENDPOINT_ERROR', isTemporary], code);
    assert.match(hint ?? '', /ends in the bucket's name/);
  }
});
