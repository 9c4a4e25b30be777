import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectTaggingCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import type { FaultAction } from '../../../src/s3-server/index.ts';
import { assertSameBytes, objectsIn, unfinishedUploads, useBucketClient } from '../../support/bucket.ts';
import { backupTo, entryFor, fatesOf, MIB, moveTo } from '../../support/run.ts';
import { TEST_BUCKET as Bucket, useS3Server } from '../../support/s3-server.ts';
import { filesIn, useTree } from '../../support/tree.ts';

const LARGE = Buffer.concat([
  Buffer.alloc(5 * MIB, 'a'),
  Buffer.alloc(5 * MIB, 'b'),
  Buffer.alloc(1000, 'c'),
]);
const TWO_PARTS = LARGE.subarray(0, 5 * MIB + 1000);

function base64Md5(bytes: string | Buffer): string {
  return createHash('md5').update(bytes).digest('base64');
}

test('every PUT and every part carries the MD5 of its own bytes', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { empty: '', small: 'some bytes', large: LARGE });
  const report = await backupTo(server, source);
  assert.deepEqual([report.exit_code, report.successful_uploads, report.attempts], [0, 3, 3]);
  const sent = new Map(
    server.requests.of('PutObject').map(({ key, headers }) => [key, headers['content-md5']]),
  );
  assert.deepEqual([...sent].sort(), [
    ['empty', base64Md5('')],
    ['small', base64Md5('some bytes')],
  ]);
  const parts = server.requests
    .of('UploadPart')
    .map(({ query, headers }) => [query.partNumber, headers['content-md5']]);
  assert.deepEqual(parts.sort(), [
    ['1', base64Md5(LARGE.subarray(0, 5 * MIB))],
    ['2', base64Md5(LARGE.subarray(5 * MIB, 10 * MIB))],
    ['3', base64Md5(LARGE.subarray(10 * MIB))],
  ]);
  assertSameBytes(await objectsIn(useBucketClient(t, server)), filesIn(source));
});

for (const size of [5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB, 10 * MIB + 1]) {
  test(`all of a file of ${size} bytes arrives with parts of 5 MiB`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { file: Buffer.alloc(size, 'seventeen letters') });
    const report = await backupTo(server, source);
    const { proof } = entryFor(report, 'file');
    assert.equal(proof, size <= 5 * MIB ? 'etag-md5' : 'etag-parts');
    assert.equal(server.requests.of('UploadPart').length, size <= 5 * MIB ? 0 : Math.ceil(size / (5 * MIB)));
    assertSameBytes(await objectsIn(useBucketClient(t, server)), filesIn(source));
  });
}

for (const name of ['small.html', 'large.html'] as const) {
  test(`${name} is stored with its type, time, mode, class, tags, metadata and encryption`, async (t) => {
    const server = await useS3Server(t);
    const client = useBucketClient(t, server);
    const source = useTree(t, { [name]: name === 'large.html' ? TWO_PARTS : 'x' });
    chmodSync(join(source, name), 0o640);
    utimesSync(join(source, name), 1_700_000_000.25, 1_700_000_000.25);
    const tags = { 'a key': 'a value & more', plain: 'x' };
    const object = {
      storageClass: 'STANDARD_IA',
      serverSideEncryption: 'AES256',
      tags,
      metadata: { owner: 'me' },
    } as const;
    await backupTo(server, source, { object, prefix: '/some/prefix/' });
    const Key = `some/prefix/${name}`;
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
    const { uid, gid } = statSync(join(source, name));
    assert.deepEqual(head.Metadata, {
      owner: 'me',
      mtime: '1700000000.250000000',
      mode: '100640',
      uid: String(uid),
      gid: String(gid),
    });
    assert.deepEqual(
      [head.ContentType, head.StorageClass, head.ServerSideEncryption],
      ['text/html', 'STANDARD_IA', 'AES256'],
    );
    const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
    assert.deepEqual(Object.fromEntries(TagSet.map(({ Key: tag, Value }) => [tag, Value])), tags);
  });
}

test('a file from before 1970 keeps its time', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { old: 'x' });
  const time = new Date(-1500);
  utimesSync(join(source, 'old'), time, time);
  await backupTo(server, source);
  const head = await useBucketClient(t, server).send(new HeadObjectCommand({ Bucket, Key: 'old' }));
  assert.equal(head.Metadata?.mtime, '-1.500000000');
});

const TEMPORARY: Readonly<Record<string, FaultAction>> = {
  'a 500': { kind: 'error', status: 500, code: 'InternalError' },
  'a 503': { kind: 'error', status: 503, code: 'SlowDown' },
  'a damaged body': { kind: 'error', status: 400, code: 'BadDigest' },
  'a connection that is cut in mid-body': { kind: 'reset', afterBytes: 2 },
  'a lost answer': { kind: 'lost-answer' },
  'an answer without an ETag': { kind: 'no-etag-204' },
  'a web page for an answer': { kind: 'html-200' },
};

for (const [what, fault] of Object.entries(TEMPORARY)) {
  test(`${what} is retried and counted, for a PUT and for a part`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { small: 'some bytes', large: TWO_PARTS });
    const before = filesIn(source);
    server.faults.plan({ operation: 'PutObject', times: 2, do: fault });
    server.faults.plan({ operation: 'UploadPart', do: fault });
    server.faults.plan({ operation: 'CompleteMultipartUpload', do: fault });
    const report = await moveTo(server, source, { overwrite: 'always' });
    assert.deepEqual(fatesOf(report), { small: 'deleted', large: 'deleted' });
    // A completion whose answer was lost is found to be done, and not asked for again.
    const ofLarge = fault.kind === 'lost-answer' ? 2 : 3;
    assert.deepEqual([entryFor(report, 'small').attempts, entryFor(report, 'large').attempts], [3, ofLarge]);
    const client = useBucketClient(t, server);
    assertSameBytes(await objectsIn(client), before);
    assert.deepEqual(await unfinishedUploads(client), []);
  });

  test(`${what} that never ends fails the file, keeps it and leaves no parts behind`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { small: 'some bytes', large: TWO_PARTS, fine: 'other bytes' });
    server.faults.plan({ operation: 'PutObject', key: 'small', times: 9, do: fault });
    server.faults.plan({ operation: 'UploadPart', times: 99, do: fault });
    const report = await moveTo(server, source, { maxAttempts: 2, overwrite: 'always' });
    assert.deepEqual(fatesOf(report), {
      small: 'failed UPLOAD_FAILED',
      large: 'failed UPLOAD_FAILED',
      fine: 'deleted',
    });
    assert.equal(entryFor(report, 'small').attempts, 2);
    assert.deepEqual([report.exit_code, report.failed_uploads, report.deleted_files], [2, 2, 1]);
    assert.deepEqual([...filesIn(source).keys()].sort(), ['large', 'small']);
    assert.deepEqual(await unfinishedUploads(useBucketClient(t, server)), []);
  });
}

test('a second try that finds what the first one wrote is a success', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { small: 'some bytes' });
  server.faults.plan({ operation: 'PutObject', do: { kind: 'lost-answer' } });
  const report = await moveTo(server, source);
  assert.deepEqual(fatesOf(report), { small: 'deleted' });
  assert.deepEqual(
    server.requests.of('PutObject').map(({ status }) => status),
    [0, 412],
  );
});

test('AccessDenied is not retried, and does not end the run', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1', b: '2' });
  server.faults.plan({
    operation: 'PutObject',
    key: 'a',
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  const report = await moveTo(server, source);
  assert.deepEqual(fatesOf(report), { a: 'failed UPLOAD_FAILED', b: 'deleted' });
  assert.equal(entryFor(report, 'a').attempts, 1);
  assert.match(entryFor(report, 'a').reason ?? '', /AccessDenied.*403/);
});

test('a completion whose answer was lost and that is unknown when asked again counts as done', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { large: TWO_PARTS });
  server.faults.plan({ operation: 'CompleteMultipartUpload', do: { kind: 'lost-answer' } });
  server.faults.plan({
    operation: 'CompleteMultipartUpload',
    do: { kind: 'error', status: 404, code: 'NoSuchUpload' },
  });
  server.faults.plan({ operation: 'HeadObject', do: { kind: 'error', status: 404, code: 'NoSuchKey' } });
  const report = await moveTo(server, source);
  assert.deepEqual(
    [entryFor(report, 'large').fate, entryFor(report, 'large').proof],
    ['deleted', 'etag-parts'],
  );
});

test('an error inside a completion that was answered with 200 is no success', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { large: TWO_PARTS });
  server.faults.plan({
    operation: 'CompleteMultipartUpload',
    times: 9,
    do: { kind: 'error-in-200', code: 'InternalError' },
  });
  const report = await moveTo(server, source, { maxAttempts: 2 });
  assert.deepEqual(fatesOf(report), { large: 'failed UPLOAD_FAILED' });
  assert.deepEqual(await unfinishedUploads(useBucketClient(t, server)), []);
  assert.equal(filesIn(source).size, 1);
});

test('a part that fails is waited for with the others before the upload is aborted', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { large: LARGE });
  const parts = () => server.requests.of('UploadPart').length;
  const run = async () => {
    while (parts() < 3) await sleep(1);
  };
  server.faults.plan({ operation: 'UploadPart', do: { kind: 'call', run } });
  server.faults.plan({ operation: 'UploadPart', do: { kind: 'error', status: 403, code: 'AccessDenied' } });
  server.faults.plan({ operation: 'UploadPart', times: 2, do: { kind: 'delay', ms: 100 } });
  let partsUnderWay = -1;
  server.faults.plan({
    operation: 'AbortMultipartUpload',
    do: {
      kind: 'call',
      run: () => {
        partsUnderWay = server.requests.of('UploadPart').filter(({ status }) => status === 0).length;
      },
    },
  });
  const report = await moveTo(server, source);
  assert.deepEqual(fatesOf(report), { large: 'failed UPLOAD_FAILED' });
  assert.equal(partsUnderWay, 0);
  assert.deepEqual(await unfinishedUploads(useBucketClient(t, server)), []);
});

test('names the parts that cannot be removed', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { large: TWO_PARTS });
  const forbidden = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  server.faults.plan({ operation: ['UploadPart', 'AbortMultipartUpload'], times: 9, do: forbidden });
  const { reason } = entryFor(await moveTo(server, source), 'large');
  assert.match(
    reason ?? '',
    /UploadPart: AccessDenied.*parts of upload \S+ could not be removed.*AccessDenied/,
  );
});

const CHANGES: Readonly<Record<string, (file: string) => void>> = {
  truncated: (file) => truncateSync(file, 5 * MIB),
  'appended to': (file) => writeFileSync(file, 'more', { flag: 'a' }),
  'overwritten in place': (file) => writeFileSync(file, 'X', { flag: 'r+' }),
};

for (const [what, change] of Object.entries(CHANGES)) {
  test(`a file that is ${what} while its parts are sent fails, stays and leaves no parts behind`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { large: Buffer.alloc(20 * MIB, 'x') });
    server.faults.plan({
      operation: 'CreateMultipartUpload',
      do: { kind: 'call', run: () => change(join(source, 'large')) },
    });
    const report = await moveTo(server, source);
    assert.deepEqual(fatesOf(report), { large: 'failed FILE_CHANGED' });
    assert.equal(filesIn(source).size, 1);
    const client = useBucketClient(t, server);
    assert.deepEqual([await unfinishedUploads(client), (await objectsIn(client)).size], [[], 0]);
  });
}

const FATAL = [
  { code: 'InvalidAccessKeyId', status: 403, ends: 'BAD_ACCESS_KEY' },
  { code: 'ExpiredToken', status: 400, ends: 'EXPIRED_TOKEN' },
  { code: 'NoSuchBucket', status: 404, ends: 'BUCKET_NOT_FOUND' },
  { code: 'SignatureDoesNotMatch', status: 403, ends: 'BAD_SECRET_KEY' },
  { code: 'RequestTimeTooSkewed', status: 403, ends: 'CLOCK_SKEW' },
] as const;

for (const { code, status, ends } of FATAL) {
  test(`${code} in the middle ends the run, and every file is in the report once`, async (t) => {
    const server = await useS3Server(t);
    const files = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`f/${n}`, `content ${n}`]));
    const source = useTree(t, code === 'ExpiredToken' ? { ...files, large: TWO_PARTS } : files);
    const before = filesIn(source);
    server.faults.plan({ operation: 'PutObject', skip: 10, times: 999, do: { kind: 'error', status, code } });
    const report = await moveTo(server, source, { concurrency: 4 });
    assert.deepEqual([report.error?.code, report.exit_code, report.interrupted], [ends, 1, false]);
    const paths = report.files.map(({ path }) => path);
    assert.equal(new Set(paths).size, paths.length);
    assert.equal(report.total_files, paths.length);
    // Those that were proved before are deleted; nothing else is touched.
    const deleted = report.files.filter(({ fate }) => fate === 'deleted').map(({ path }) => path);
    assert.ok(deleted.length >= 1 && deleted.length <= 11, `${deleted.length} deleted`);
    assert.deepEqual(
      [...filesIn(source).keys()].sort(),
      [...before.keys()].filter((path) => !deleted.includes(path)).sort(),
    );
    assert.ok(server.requests.of('PutObject').length < 30, 'no new upload is begun');
    const codes = new Set(report.files.filter(({ fate }) => fate === 'failed').map((file) => file.code));
    assert.deepEqual([...codes].sort(), ['RUN_FAILED', 'UPLOAD_FAILED']);
    assert.deepEqual(await unfinishedUploads(useBucketClient(t, server)), []);
  });
}
