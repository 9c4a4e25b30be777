import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { etagOfParts } from '../../../src/digest/parts-digest.ts';
import { BackupError, type PutOptions, put, type Report } from '../../../src/index.ts';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { objectsIn, unfinishedUploads, useBucketClient } from '../../support/bucket.ts';
import { MIB, optionsFor } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';

const PART = 5 * MIB;

function putTo(
  server: S3Server,
  input: PutOptions['input'],
  more: Partial<PutOptions> = {},
): Promise<Report> {
  const { source, onChange, ...options } = optionsFor(server, '-');
  return put({ ...options, prefix: 'office', key: 'db/today.sql', input, ...more });
}

/** Bytes that differ from place to place, in chunks of odd sizes. */
function streamOf(size: number): { stream: Readable; bytes: Buffer } {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 4)
    bytes.writeUInt32LE(at % 1_000_003, Math.min(at, Math.max(0, size - 4)));
  const chunks = function* () {
    for (let at = 0, step = 1; at < size; at += step, step = (step * 7 + 13) % 200_003)
      yield bytes.subarray(at, at + step);
  };
  return { stream: Readable.from(chunks(), { objectMode: false }), bytes };
}

const objectOf = (Body: string) =>
  new PutObjectCommand({ Bucket: TEST_BUCKET, Key: 'office/db/today.sql', Body });
const md5 = (bytes: Buffer) => createHash('md5').update(bytes);

async function contentOf(t: TestContext, server: S3Server): Promise<Buffer | undefined> {
  return (await objectsIn(useBucketClient(t, server))).get('office/db/today.sql');
}

for (const transport of ['auto', 'sdk'] as const) {
  test(`a short stream is one request, and proved (${transport})`, async (t) => {
    const server = await useS3Server(t);
    const report = await putTo(server, Readable.from(['SELECT ', Buffer.from('1')]), { transport });
    const [entry] = report.files;
    const { path, key, size, fate, code, proof, attempts } = entry ?? assert.fail();
    assert.deepEqual(
      { path, key, size, fate, code, proof, attempts },
      {
        path: 'db/today.sql',
        key: 'office/db/today.sql',
        size: 8,
        fate: 'kept',
        code: null,
        proof: 'etag-md5',
        attempts: 1,
      },
    );
    assert.deepEqual([report.exit_code, report.source, report.total_files], [0, '-', 1]);
    assert.equal(String(await contentOf(t, server)), 'SELECT 1');
    assert.equal(server.requests.of('CreateMultipartUpload').length, 0);
  });

  test(`a long stream goes in parts, each with its MD5, and is proved by them (${transport})`, async (t) => {
    const server = await useS3Server(t);
    const { stream, bytes } = streamOf(3 * PART + 17);
    const report = await putTo(server, stream, { transport });
    const [{ fate, proof, size, md5: whole, etag } = assert.fail()] = report.files;
    assert.deepEqual([fate, proof, size, report.exit_code], ['kept', 'etag-parts', bytes.length, 0]);
    assert.equal(whole, md5(bytes).digest('hex'));
    const parts = [0, 1, 2, 3].map((n) => md5(bytes.subarray(n * PART, (n + 1) * PART)).digest());
    assert.equal(etag, etagOfParts(parts));
    assert.ok((await contentOf(t, server))?.equals(bytes));
    const sent = server.requests.of('UploadPart').map(({ headers }) => headers['content-md5']);
    assert.deepEqual(sent.sort(), parts.map((part) => part.toString('base64')).sort());
  });
}

test('a stream of exactly one part, and of exactly two, is stored whole', async (t) => {
  const server = await useS3Server(t);
  for (const size of [PART, PART + 1, 2 * PART]) {
    const { stream, bytes } = streamOf(size);
    assert.equal((await putTo(server, stream)).exit_code, 0);
    assert.ok((await contentOf(t, server))?.equals(bytes), `${size}`);
  }
});

test('a stream that breaks off is not stored, and no part of it is left', async (t) => {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  await client.send(objectOf('of yesterday'));
  for (const size of [10, 2 * PART + 10]) {
    const { stream, bytes } = streamOf(size);
    const broken = async function* () {
      yield* stream;
      throw new Error('exit code 3');
    };
    const report = await putTo(server, Readable.from(broken(), { objectMode: false }));
    const [{ fate, code, reason } = assert.fail()] = report.files;
    assert.deepEqual(
      [fate, code, reason],
      ['failed', 'UNREADABLE', 'the input broke off: exit code 3'],
      `${bytes.length}`,
    );
    assert.equal(report.exit_code, 2);
  }
  assert.deepEqual(await unfinishedUploads(client), []);
  assert.equal(String(await contentOf(t, server)), 'of yesterday');
});

test('an empty stream is not stored: its writer has probably failed', async (t) => {
  const server = await useS3Server(t);
  const report = await putTo(server, Readable.from([]));
  const [{ fate, code } = assert.fail()] = report.files;
  assert.deepEqual([fate, code, report.exit_code], ['failed', 'UNREADABLE', 2]);
  assert.equal(await contentOf(t, server), undefined);
});

test('a part that the store refuses for good ends the upload, and no part is left', async (t) => {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  server.faults.plan({
    operation: 'UploadPart',
    skip: 1,
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  let given = 0;
  const endless = function* () {
    for (;;) {
      given += MIB;
      yield Buffer.alloc(MIB);
    }
  };
  const report = await putTo(server, Readable.from(endless(), { objectMode: false }));
  const [{ fate, code } = assert.fail()] = report.files;
  assert.deepEqual([fate, code], ['failed', 'UPLOAD_FAILED']);
  assert.deepEqual(await unfinishedUploads(client), []);
  assert.equal(server.requests.of('CompleteMultipartUpload').length, 0);
  assert.ok(given < 200 * MIB, `${given} bytes were read`);
});

test('an object that is there is replaced, or left alone with ifAbsent and with overwrite never', async (t) => {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  for (const size of [10, PART + 10]) {
    for (const more of [{ ifAbsent: true }, { overwrite: 'never' }] as const) {
      await client.send(objectOf('older'));
      const report = await putTo(server, streamOf(size).stream, more);
      const [{ fate, code } = assert.fail()] = report.files;
      assert.deepEqual([fate, code], ['failed', 'OBJECT_EXISTS'], `${size}`);
      assert.equal(String(await contentOf(t, server)), 'older');
    }
    assert.equal((await putTo(server, streamOf(size).stream)).exit_code, 0);
    assert.equal((await contentOf(t, server))?.length, size);
  }
});

test('a stream that has to be a new object is not read if there is one', async (t) => {
  const server = await useS3Server(t);
  await useBucketClient(t, server).send(objectOf('older'));
  const stream = new Readable({ read: () => assert.fail('it was read') });
  for (const input of [() => assert.fail('it was opened'), stream]) {
    const report = await putTo(server, input, { ifAbsent: true });
    assert.deepEqual([report.files[0]?.code, report.exit_code], ['OBJECT_EXISTS', 2]);
  }
  assert.ok(stream.destroyed);
});

for (const size of [10, PART + 10])
  test(`an object that comes while the stream is read is left alone with ifAbsent (${size} bytes)`, async (t) => {
    const server = await useS3Server(t);
    const client = useBucketClient(t, server);
    const stream = Readable.from(
      (async function* () {
        yield Buffer.alloc(size - 1);
        await client.send(objectOf('meanwhile'));
        yield Buffer.alloc(1);
      })(),
      { objectMode: false },
    );
    const report = await putTo(server, stream, { ifAbsent: true });
    assert.deepEqual([report.files[0]?.code, report.exit_code], ['OBJECT_EXISTS', 2]);
    assert.equal(String(await contentOf(t, server)), 'meanwhile');
  });

test('content that S3 holds otherwise than it was read is a failure', async (t) => {
  const server = await useS3Server(t);
  server.faults.plan({ operation: 'HeadObject', do: { kind: 'wrong-etag' } });
  const report = await putTo(server, streamOf(2 * PART).stream);
  const [{ fate, code } = assert.fail()] = report.files;
  assert.deepEqual([fate, code, report.exit_code], ['failed', 'CONTENT_DIFFERS', 2]);
});

test('the signal stops the reading, and nothing is stored', async (t) => {
  const server = await useS3Server(t);
  const stop = new AbortController();
  const slow = async function* () {
    yield Buffer.alloc(PART + 10);
    stop.abort('SIGINT');
    await new Promise(() => undefined);
  };
  const report = await putTo(server, Readable.from(slow(), { objectMode: false }), { signal: stop.signal });
  const [{ fate, code } = assert.fail()] = report.files;
  assert.deepEqual([fate, code, report.exit_code], ['failed', 'INTERRUPTED', 130]);
  assert.equal(await contentOf(t, server), undefined);
});

test('the input is opened only when the bucket has answered', async (t) => {
  const server = await useS3Server(t);
  const input = () => assert.fail('opened');
  await assert.rejects(putTo(server, input, { bucket: 'no-such-bucket' }), { code: 'BUCKET_NOT_FOUND' });
});

test('a key that could not be restored, or is reserved, ends with its name before anything is sent', async (t) => {
  const server = await useS3Server(t);
  const keys = [
    '',
    '/a',
    'a/',
    'a//b',
    '../a',
    'a/./b',
    'nul\0',
    '.s3-backup/runs/x',
    '.s3-backup-claim-1',
    'a'.repeat(256),
    '\ud800',
    'a/'.repeat(511),
  ];
  for (const key of keys) {
    await assert.rejects(putTo(server, Readable.from(['x']), { key }), (error) => {
      assert.ok(error instanceof BackupError);
      assert.equal(error.code, 'BAD_OPTION', key);
      assert.match(error.message, /^key is /);
      return true;
    });
  }
  for (const [name, value] of [
    ['expectedSize', -1],
    ['input', 'text'],
    ['ifAbsent', 'no'],
  ] as const)
    await assert.rejects(putTo(server, Readable.from(['x']), { [name]: value }), { code: 'BAD_OPTION' });
  assert.equal(server.requests.length, 0);
});

test('the run has a manifest with its one object', async (t) => {
  const server = await useS3Server(t);
  const report = await putTo(server, streamOf(PART + 3).stream, { manifest: true });
  const client = useBucketClient(t, server);
  const lines = gunzipSync((await objectsIn(client)).get(report.manifest ?? '') ?? Buffer.alloc(0))
    .toString()
    .trim()
    .split('\n');
  const [header, entry] = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    [header.source, header.entries, entry.path, entry.proof],
    ['-', 1, 'db/today.sql', 'etag-parts'],
  );
  assert.equal(header.bucket, TEST_BUCKET);
});
