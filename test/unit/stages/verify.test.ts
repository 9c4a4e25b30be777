import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import {
  DeleteObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS } from '../../../src/digest/checksum.ts';
import type { FaultAction, Operation } from '../../../src/s3-server/index.ts';
import { beginUpload } from '../../suites/contract/support/unfinished.ts';
import { assertNothingLost, objectsIn, useBucketClient } from '../../support/bucket.ts';
import { testChecksumProof } from '../../support/checksum-proof.ts';
import { backupTo, entryFor, fatesOf, MIB, moveTo } from '../../support/run.ts';
import { TEST_BUCKET as Bucket, useS3Server } from '../../support/s3-server.ts';
import { filesIn, useTree } from '../../support/tree.ts';

const LARGE = Buffer.alloc(5 * MIB + 7, 'large ');
const FILES = { small: 'some bytes', large: LARGE };
const WRITE_OF = { small: 'PutObject', large: 'CompleteMultipartUpload' } as const;

function md5(bytes: string | Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

async function encryptByDefault(client: S3Client): Promise<void> {
  const ServerSideEncryptionConfiguration = {
    Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } }],
  };
  await client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
}

for (const name of ['small', 'large'] as const) {
  test(`a ${name} file is proved by the ETag that S3 reports when it is asked again`, async (t) => {
    const server = await useS3Server(t);
    const report = await moveTo(server, useTree(t, { [name]: FILES[name] }));
    const { fate, proof, md5: hash, etag, size, attempts } = entryFor(report, name);
    assert.deepEqual([fate, proof], ['deleted', name === 'small' ? 'etag-md5' : 'etag-parts']);
    assert.deepEqual([hash, size, attempts], [md5(FILES[name]), FILES[name].length, 1]);
    const parts = [LARGE.subarray(0, 5 * MIB), LARGE.subarray(5 * MIB)].map(md5).join('');
    assert.equal(etag, name === 'small' ? hash : `${md5(Buffer.from(parts, 'hex'))}-2`);
    // One for the proof, and one before the first deletion: whether the object is still there.
    assert.equal(server.requests.of('HeadObject', 'GetObject').length, 2);
  });

  const lies: readonly { what: string; fault: FaultAction; at: Operation; ends: string }[] = [
    {
      what: 'was answered rightly but not stored',
      fault: { kind: 'vanish' },
      at: WRITE_OF[name],
      ends: 'VERIFY_FAILED',
    },
    {
      what: 'has another ETag by now',
      fault: { kind: 'wrong-etag' },
      at: 'HeadObject',
      ends: 'CONTENT_DIFFERS',
    },
    {
      what: 'may not be looked at',
      fault: { kind: 'error', status: 403, code: 'AccessDenied' },
      at: 'HeadObject',
      ends: 'VERIFY_FAILED',
    },
  ];
  for (const { what, fault, at, ends } of lies) {
    test(`a ${name} file is kept here when its object ${what}`, async (t) => {
      const server = await useS3Server(t);
      const source = useTree(t, { [name]: FILES[name] });
      const before = filesIn(source);
      server.faults.plan({ operation: at, times: 9, do: fault });
      const report = await moveTo(server, source, { maxAttempts: 2 });
      assert.deepEqual(fatesOf(report), { [name]: `failed ${ends}` });
      assert.deepEqual(filesIn(source), before);
      assert.deepEqual([report.verified_files, report.failed_uploads, report.exit_code], [0, 1, 2]);
    });
  }

  for (const [what, fault] of [
    ['a web page instead of an answer', { kind: 'html-200' }],
    ['an empty answer', { kind: 'no-etag-204' }],
  ] as const) {
    test(`a ${name} file is read back before it is deleted if HEAD gets ${what}; without deletion it is not proved`, async (t) => {
      const server = await useS3Server(t);
      const source = useTree(t, { [name]: FILES[name] });
      server.faults.plan({ operation: 'HeadObject', times: 9, do: fault });
      const copied = await backupTo(server, source, { maxAttempts: 2, verify: 'head' });
      assert.deepEqual(fatesOf(copied), { [name]: 'failed NOT_PROVED' });
      const { fate, proof } = entryFor(
        await moveTo(server, source, { maxAttempts: 2, verify: 'head' }),
        name,
      );
      assert.deepEqual([fate, proof], ['deleted', 'download']);
    });
  }

  test(`a ${name} file is kept here when somebody else overwrites it before it is verified`, async (t) => {
    const server = await useS3Server(t);
    const client = useBucketClient(t, server);
    const source = useTree(t, { [name]: FILES[name] });
    const before = filesIn(source);
    const Body = Buffer.alloc(FILES[name].length, 'other');
    server.faults.plan({
      operation: 'HeadObject',
      do: {
        kind: 'call',
        run: async () => void (await client.send(new PutObjectCommand({ Bucket, Key: name, Body }))),
      },
    });
    assert.deepEqual(fatesOf(await moveTo(server, source)), { [name]: 'failed CONTENT_DIFFERS' });
    assert.deepEqual(filesIn(source), before);
  });

  test(`a ${name} file is kept here when somebody else deletes its object before it is verified`, async (t) => {
    const server = await useS3Server(t);
    const client = useBucketClient(t, server);
    const source = useTree(t, { [name]: FILES[name] });
    const before = filesIn(source);
    server.faults.plan({
      operation: 'HeadObject',
      do: {
        kind: 'call',
        run: async () => void (await client.send(new DeleteObjectCommand({ Bucket, Key: name }))),
      },
    });
    assert.deepEqual(fatesOf(await moveTo(server, source)), { [name]: 'failed VERIFY_FAILED' });
    assert.deepEqual(filesIn(source), before);
  });

  test(`a ${name} file with an ETag that is no digest is not proved by it, and kept`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { [name]: FILES[name] });
    server.faults.plan({ operation: WRITE_OF[name], do: { kind: 'random-etag' } });
    const report = await moveTo(server, source, { deleteAfterUpload: false });
    assert.deepEqual(fatesOf(report), { [name]: 'failed NOT_PROVED' });
    assert.equal(server.requests.of('GetObject').length, 0);
    assert.deepEqual([...filesIn(source).keys()], [name]);
  });

  test(`a ${name} file with an ETag that is no digest is read back before it is deleted`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { [name]: FILES[name] });
    const before = filesIn(source);
    server.faults.plan({ operation: WRITE_OF[name], do: { kind: 'random-etag' } });
    const report = await moveTo(server, source);
    assert.deepEqual([entryFor(report, name).fate, entryFor(report, name).proof], ['deleted', 'download']);
    assertNothingLost(before, filesIn(source), await objectsIn(useBucketClient(t, server)));
  });

  test(`a ${name} file is kept here when what is read back has one wrong byte`, async (t) => {
    const server = await useS3Server(t);
    await encryptByDefault(useBucketClient(t, server));
    const source = useTree(t, { [name]: FILES[name] });
    const before = filesIn(source);
    server.faults.plan({
      operation: name === 'small' ? 'PutObject' : 'UploadPart',
      do: { kind: 'flip-byte' },
    });
    assert.deepEqual(fatesOf(await moveTo(server, source)), { [name]: 'failed CONTENT_DIFFERS' });
    assert.deepEqual(filesIn(source), before);
  });

  test(`a ${name} file is kept here when reading it back is cut short`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { [name]: FILES[name] });
    const before = filesIn(source);
    server.faults.plan({ operation: WRITE_OF[name], do: { kind: 'random-etag' } });
    server.faults.plan({ operation: 'GetObject', times: 9, do: { kind: 'reset-response', afterBytes: 3 } });
    assert.deepEqual(fatesOf(await moveTo(server, source, { maxAttempts: 2 })), {
      [name]: 'failed VERIFY_FAILED',
    });
    assert.deepEqual(filesIn(source), before);
  });

  test(`a ${name} file is kept here when it is overwritten before it is read back`, async (t) => {
    const server = await useS3Server(t);
    const client = useBucketClient(t, server);
    await encryptByDefault(client);
    const source = useTree(t, { [name]: FILES[name] });
    const before = filesIn(source);
    const Body = Buffer.alloc(FILES[name].length, 'other');
    server.faults.plan({
      operation: 'GetObject',
      do: {
        kind: 'call',
        run: async () => void (await client.send(new PutObjectCommand({ Bucket, Key: name, Body }))),
      },
    });
    const report = await moveTo(server, source);
    assert.equal(entryFor(report, name).fate, 'failed');
    assert.deepEqual(filesIn(source), before);
  });

  test(`a ${name} file under a KMS key is proved by the CRC32 of the whole object`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { [name]: FILES[name] });
    const before = filesIn(source);
    const object = { serverSideEncryption: 'aws:kms', kmsKeyId: 'some-key' } as const;
    const report = await moveTo(server, source, { object });
    assert.deepEqual([entryFor(report, name).fate, entryFor(report, name).proof], ['deleted', 'checksum']);
    assert.notEqual(entryFor(report, name).etag, md5(FILES[name]));
    assert.equal(server.requests.of('GetObject').length, 0);
    assertNothingLost(before, filesIn(source), await objectsIn(useBucketClient(t, server)));
  });

  test(`a ${name} file in a versioned bucket that somebody overwrites in a versioned bucket is kept`, async (t) => {
    const server = await useS3Server(t);
    const client = useBucketClient(t, server);
    await client.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    const source = useTree(t, { [name]: FILES[name] });
    server.faults.plan({
      operation: 'HeadObject',
      do: {
        kind: 'call',
        run: async () => void (await client.send(new PutObjectCommand({ Bucket, Key: name, Body: 'newer' }))),
      },
    });
    const report = await moveTo(server, source);
    assert.deepEqual(fatesOf(report), { [name]: 'failed CONTENT_DIFFERS' });
    assert.ok(entryFor(report, name).version_id);
    assert.deepEqual([...filesIn(source).keys()], [name]);
  });
}

test('an answer with a wrong ETag to the write itself neither proves nor disproves anything', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { small: 'x' });
  server.faults.plan({ operation: 'PutObject', do: { kind: 'wrong-etag' } });
  const report = await moveTo(server, source);
  assert.deepEqual(
    [entryFor(report, 'small').fate, entryFor(report, 'small').proof],
    ['deleted', 'etag-md5'],
  );
});

test('a verification that fails temporarily is retried', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { small: 'x' });
  server.faults.plan({
    operation: 'HeadObject',
    times: 2,
    do: { kind: 'error', status: 503, code: 'SlowDown' },
  });
  server.faults.plan({ operation: 'HeadObject', do: { kind: 'lost-answer' } });
  assert.deepEqual(fatesOf(await moveTo(server, source)), { small: 'deleted' });
});

for (const checksum of CHECKSUM_ALGORITHMS) testChecksumProof('small', FILES.small, checksum);
// One that is made of those of the parts, and one of the whole. Large files with all of them: test/suites/round-trip.
for (const checksum of ['sha256', 'crc64nvme'] as const) testChecksumProof('large', LARGE, checksum);

test('a requested checksum is read with one HEAD per file, and no listing', async (t) => {
  const { server, source } = await useMany(t);
  const report = await backupTo(server, source, { checksum: 'crc32c' });
  assert.deepEqual(new Set(report.files.map(({ proof }) => proof)), new Set(['checksum']));
  assert.equal(server.requests.of('HeadObject').length, report.total_files);
  assert.equal(server.requests.of('ListObjectsV2').length, 1);
});

test('ETags that are no digests are noticed at the first answer, and no listing is requested for the proof', async (t) => {
  const { server, source } = await useMany(t);
  await encryptByDefault(useBucketClient(t, server));
  const report = await moveTo(server, source);
  assert.deepEqual(new Set(report.files.map(({ proof }) => proof)), new Set(['download']));
  assert.equal(server.requests.of('ListObjectsV2').length, 1);
});

for (const [checksum, proof] of [
  ['sha256', 'checksum'],
  ['crc64nvme', 'download'],
] as const) {
  test(`existing content with a ${checksum} and an ETag that is no digest is proved by ${proof}`, async (t) => {
    const server = await useS3Server(t);
    await encryptByDefault(useBucketClient(t, server));
    const source = useTree(t, FILES);
    await backupTo(server, source, { checksum });
    for (const more of [{ checksum }, { checksum, compare: 'checksum' }] as const) {
      const again = await backupTo(server, source, more);
      assert.deepEqual(fatesOf(again), { small: 'unchanged', large: 'unchanged' });
    }
    const otherwise = await backupTo(server, useTree(t, { small: FILES.small }));
    assert.deepEqual([fatesOf(otherwise), otherwise.files[0]?.proof], [{ small: 'unchanged' }, proof]);
    const isRead = server.requests.of('GetObject').length > 0;
    assert.equal(isRead, proof === 'download');
  });
}

async function useMany(t: TestContext) {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`file ${n}`, `content ${n}`]));
  return { server: await useS3Server(t), source: useTree(t, files) };
}

for (const [run, what, ends] of [
  [moveTo, 'is read back before the file is deleted', ['deleted', 'download']],
  [backupTo, 'is not proved', ['failed', null]],
] as const) {
  test(`an upload of which an earlier run has sent parts ${what} if only a CRC agrees`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { large: LARGE });
    const client = useBucketClient(t, server);
    const parts = { bytes: LARGE, parts: [1], partSize: 5 * MIB, checksum: 'crc32' } as const;
    await beginUpload({ client, bucket: Bucket }, { key: 'large', ...parts });
    server.faults.plan({ operation: 'CompleteMultipartUpload', do: { kind: 'random-etag' } });
    const report = await run(server, source, { resume: true, checksum: 'crc32' });
    const { fate, proof } = entryFor(report, 'large');
    assert.equal(report.resumed_bytes, 5 * MIB);
    assert.deepEqual([fate, proof], ends);
  });
}
