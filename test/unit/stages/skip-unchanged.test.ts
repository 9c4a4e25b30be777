import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pass, type Selected } from '../../../src/flow/item.ts';
import type { BackupOptions } from '../../../src/index.ts';
import { Store } from '../../../src/s3/store.ts';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { skipUnchanged } from '../../../src/stages/skip-unchanged.ts';
import { bytesOf, useBucketClient } from '../../support/bucket.ts';
import { overwrite } from '../../support/changes.ts';
import { answer, useAnswers } from '../../support/raw-server.ts';
import { backupTo, entryFor, fatesOf, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { endsOf, openOf, through } from '../../support/stages.ts';
import { storedLater } from '../../support/stored-later.ts';
import { type Files, namesIn, useTree } from '../../support/tree.ts';

const OLD = new Date('2001-02-03T04:05:06Z');
/** So long may an answer take without a test's mistaking it for a slow clock. */
const LATE_MS = 2_000;
const UNREAD = 'unchanged SIZE_AND_TIME';

/** A folder that was backed up when its files had rested. */
async function useStored(t: TestContext, files: Files, options: Partial<BackupOptions> = {}) {
  const server = await useS3Server(t);
  const source = useTree(t, files);
  await storedLater(t, () => backupTo(server, source, options));
  server.requests.clear();
  return { server, source };
}

const sent = (server: S3Server) =>
  server.requests.filter(({ operation = '' }) => /^(Put|Upload|Complete)/.test(operation));

test('files that have not changed since they were stored are not read, for the cost of a listing', async (t) => {
  const { server, source } = await useStored(t, { 'a/b': 'content', 'a/c': '', d: 'more', 'a-d': 'x' });
  const progress = { files: 0, failed: 0, bytes: 0 };
  const report = await backupTo(server, source, { progress });
  assert.deepEqual(fatesOf(report), { 'a/b': UNREAD, 'a/c': UNREAD, d: UNREAD, 'a-d': UNREAD });
  assert.equal(progress.bytes, 0);
  // One for the access check.
  assert.deepEqual(
    server.requests.map(({ operation }) => operation),
    ['ListObjectsV2', 'ListObjectsV2'],
  );
});

test('a file that was not read is not a failure, and is not reported as proved', async (t) => {
  const { server, source } = await useStored(t, { old: 'content' });
  writeFileSync(join(source, 'new'), 'x');
  const report = await backupTo(server, source);
  const { proof, md5, size, code, reason } = entryFor(report, 'old');
  assert.deepEqual(
    [proof, md5, size, code, reason],
    [null, null, 7, 'SIZE_AND_TIME', 'same size, and not changed since it was stored'],
  );
  const { verified_files, unread_files, successful_uploads, success_rate_percent, exit_code } = report;
  assert.deepEqual(
    [verified_files, unread_files, successful_uploads, success_rate_percent, exit_code],
    [1, 1, 1, 100, 0],
  );
});

interface Case {
  readonly act: (file: string) => void;
  /** With which `compare` it is seen. */
  readonly seenWith: readonly string[];
}

const BEFORE = 'the old content';
const AFTER = 'THE NEW CONTENT';

const CASES: Readonly<Record<string, Case>> = {
  'left alone': { act: () => undefined, seenWith: [] },
  'overwritten in place with as many bytes': {
    act: (file) => overwrite(file, AFTER),
    seenWith: ['auto', 'size-mtime', 'checksum'],
  },
  'the same, and its mtime set back': {
    act: (file) => {
      const { atime, mtime } = statSync(file);
      overwrite(file, AFTER);
      utimesSync(file, atime, mtime);
    },
    seenWith: ['auto', 'checksum'],
  },
  'replaced by an older file of the same size': {
    act: (file) => {
      const next = `${file}.next`;
      writeFileSync(next, AFTER);
      utimesSync(next, OLD, OLD);
      renameSync(next, file);
    },
    seenWith: ['auto', 'checksum'],
  },
  'of another size, however old it looks': {
    act: (file) => {
      appendFileSync(file, '+');
      utimesSync(file, OLD, OLD);
    },
    seenWith: ['auto', 'size-mtime', 'checksum'],
  },
};

test('a file that was changed after it was stored is sent, if compare notices the change', async (t) => {
  const server = await useS3Server(t);
  const files = Object.fromEntries(Object.keys(CASES).map((name) => [name, BEFORE]));
  const modes = ['auto', 'size-mtime', 'checksum'] as const;
  const sources = modes.map((compare) => ({ compare, source: useTree(t, files) }));
  const margin = 10_000 + 1_000 + LATE_MS;
  for (const { compare, source } of sources)
    await storedLater(t, () => backupTo(server, source, { prefix: compare }), margin);
  await sleep(LATE_MS + 1_200);
  for (const { compare, source } of sources) {
    for (const [name, { act }] of Object.entries(CASES)) act(join(source, name));
    const report = await backupTo(server, source, { prefix: compare, compare });
    const expected = Object.entries(CASES).map(([name, { seenWith }]) => [
      name,
      seenWith.includes(compare) ? 'kept' : compare === 'checksum' ? 'unchanged' : UNREAD,
    ]);
    assert.deepEqual(fatesOf(report), Object.fromEntries(expected), compare);
  }
});

test('a file that was changed shortly before it was stored is read again', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: 'content' });
  await backupTo(server, source);
  assert.deepEqual(fatesOf(await backupTo(server, source)), { file: 'unchanged' });
});

test('after a chmod the content is read, and nothing is sent', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: 'content' });
  utimesSync(join(source, 'file'), OLD, OLD);
  await backupTo(server, source);
  chmodSync(join(source, 'file'), 0o600);
  server.requests.clear();
  assert.deepEqual(fatesOf(await backupTo(server, source)), { file: 'unchanged' });
  assert.deepEqual(fatesOf(await backupTo(server, source, { compare: 'size-mtime' })), { file: UNREAD });
  assert.deepEqual(sent(server), []);
});

test('with deletion every file is read, whatever compare is set to', async (t) => {
  const { server, source } = await useStored(t, { file: 'content' });
  const report = await moveTo(server, source, { compare: 'size-mtime' });
  assert.deepEqual([fatesOf(report), entryFor(report, 'file').proof], [{ file: 'deleted' }, 'etag-md5']);
  assert.deepEqual(namesIn(source), []);
});

const WAYS = [
  { how: 'overwrite: always', options: { overwrite: 'always', compare: 'auto' }, fate: 'kept' },
  { how: 'overwrite: never', options: { overwrite: 'never' }, fate: UNREAD },
  { how: 'verify: download', options: { verify: 'download' }, fate: 'unchanged' },
  {
    how: 'verify: download, compare: auto',
    options: { verify: 'download', compare: 'auto' },
    fate: UNREAD,
  },
  { how: 'the SDK', options: { transport: 'sdk' }, fate: UNREAD },
  { how: 'a prefix', options: { prefix: 'p/q' }, fate: UNREAD },
  { how: 'a list', options: { list: { input: Readable.from(['file\n']) } }, fate: UNREAD },
] as const;
for (const { how, options, fate } of WAYS) {
  test(`an unchanged file with ${how}: ${fate}`, async (t) => {
    const { prefix } = { prefix: '', ...options };
    const { server, source } = await useStored(t, { file: 'content' }, { prefix });
    assert.deepEqual(fatesOf(await backupTo(server, source, options)), { file: fate });
  });
}

test('a link that is followed is always read', async (t) => {
  const server = await useS3Server(t);
  const outside = useTree(t, { target: 'outside' });
  const source = useTree(t, { own: 'own' });
  symlinkSync(join(outside, 'target'), join(source, 'link'));
  await storedLater(t, () => backupTo(server, source, { links: 'follow' }));
  const report = await backupTo(server, source, { links: 'follow' });
  assert.deepEqual(fatesOf(report), { link: 'unchanged', own: UNREAD });
});

test('if the listing fails, files are read', async (t) => {
  const { server, source } = await useStored(t, { file: 'content' });
  server.faults.plan({
    operation: 'ListObjectsV2',
    skip: 1,
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  assert.deepEqual(fatesOf(await backupTo(server, source)), { file: 'unchanged' });
});

test('a change between reading and upload that is followed by no other is sent by the next run', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: BEFORE });
  const file = join(source, 'file');
  server.faults.plan({ operation: 'PutObject', do: { kind: 'call', run: () => overwrite(file, AFTER) } });
  await backupTo(server, source);
  await backupTo(server, source);
  assert.equal(String(await bytesOf(useBucketClient(t, server), 'file')), AFTER);
});

test('a change long before a slow upload ends is seen by the run itself', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: BEFORE });
  const file = join(source, 'file');
  server.faults.plan({
    operation: 'PutObject',
    do: {
      kind: 'call',
      run: () => {
        overwrite(file, AFTER);
        return sleep(2_100);
      },
    },
  });
  const report = await backupTo(server, source, { onChange: 'retry' });
  assert.deepEqual(fatesOf(report), { file: 'kept' });
  assert.equal(String(await bytesOf(useBucketClient(t, server), 'file')), AFTER);
});

test('a file that is gone when its slow upload ends is kept as what it was', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: BEFORE });
  server.faults.plan({
    operation: 'PutObject',
    do: {
      kind: 'call',
      run: () => {
        rmSync(join(source, 'file'));
        return sleep(2_100);
      },
    },
  });
  assert.deepEqual(fatesOf(await backupTo(server, source)), { file: 'kept' });
});

const HOUR = 3_600_000;

/** What the stage says of a file that was changed now, and stored when the store's clock said so. */
async function said(
  t: TestContext,
  { storedAt, clock }: { storedAt: number | undefined; clock: number | undefined },
): Promise<string | undefined> {
  const time =
    storedAt === undefined ? '' : `<LastModified>${new Date(storedAt).toISOString()}</LastModified>`;
  const server = await useAnswers(t, () =>
    answer(
      200,
      `<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated><Contents><Key>file</Key>${time}<Size>7</Size></Contents></ListBucketResult>`,
      clock === undefined ? {} : { Date: new Date(clock).toUTCString() },
    ),
  );
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const store = new Store({
    bucket: 'b',
    endpointUrl: `http://${server.origin.host}:${server.origin.port}`,
    credentials,
  });
  t.after(() => store.close());
  const root = sourceRoot(useTree(t, { file: 'content' }));
  const items = await through<Selected>(skipUnchanged({ store }), [
    pass({ root, path: 'file', key: 'file' }),
  ]);
  return openOf(items).length === 1 ? 'read' : endsOf(items).file;
}

for (const ahead of [0, HOUR, -HOUR]) {
  test(`a store whose clock is ${ahead / HOUR} hours ahead is understood`, async (t) => {
    const clock = Date.now() + ahead;
    assert.equal(await said(t, { storedAt: clock + 60_000, clock }), UNREAD);
    assert.equal(await said(t, { storedAt: clock + 5_000, clock }), 'read');
  });
}

test('if a store reports no times, every file is read', async (t) => {
  const later = Date.now() + HOUR;
  assert.equal(await said(t, { storedAt: undefined, clock: Date.now() }), 'read');
  assert.equal(await said(t, { storedAt: later, clock: undefined }), 'read');
});
