import assert from 'node:assert/strict';
import { symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BackupOptions, backup, put, verifyFiles } from '../../../src/index.ts';
import { backupTo, MIB, optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { shownProgress } from '../../support/shown-progress.ts';
import { type Files, useTree } from '../../support/tree.ts';

const until = async (isSo: () => boolean) => {
  while (!isSo()) await sleep(5);
};

/** A run in which one upload waits until everything is counted; the others pass it. */
async function counted(
  t: Parameters<typeof useTree>[0],
  source: BackupOptions['source'],
  more: Partial<BackupOptions> = {},
) {
  const server = await useS3Server(t);
  const progress = shownProgress();
  server.faults.plan({
    operation: 'PutObject',
    key: /last$/,
    do: { kind: 'call', run: () => until(() => progress.total.isComplete) },
  });
  const options = { ...optionsFor(server, '', { concurrency: 2, ...more }), source, progress };
  const report = await backup(options);
  return { progress, report };
}

const FILES: Files = {
  'a.txt': '1',
  'b/c.txt': '22',
  'b/d.log': '333',
  'x/e.txt': '4444',
  'z-last': '55555',
};

test('a run counts the files and bytes that it works on', async (t) => {
  const { progress } = await counted(t, useTree(t, FILES));
  assert.deepEqual(progress.total, { files: 5, bytes: 15, isComplete: true });
  assert.deepEqual(progress.done, { files: 5, bytes: 15, movedFiles: 5, movedBytes: 15 });
  assert.deepEqual([progress.transferredBytes, progress.inWork.size], [15, 0]);
});

test('a move counts files that are gone when the count comes to them', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`${at}`, 'content']));
  const source = useTree(t, { ...files, 'z-last': 'content' });
  const { progress, report } = await counted(t, source, { deleteAfterUpload: true });
  assert.equal(report.counts.deleted, 10);
  assert.deepEqual(progress.total, { files: 10, bytes: 10 * 7, isComplete: true });
});

test('what patterns, limits, links and rules leave out is counted neither by the run nor by the count', async (t) => {
  const source = useTree(t, {
    ...FILES,
    'x/.rules': 'e.txt\n',
    'large.txt': Buffer.alloc(2000),
    'old.txt': 'old',
    'CACHE/CACHEDIR.TAG': '',
    'cache/.nobackup': '',
    'cache/file.txt': 'x',
  });
  symlinkSync('a.txt', join(source, 'link'));
  utimesSync(join(source, 'old.txt'), 1, 1);
  const { progress, report } = await counted(t, source, {
    exclude: ['*.log'],
    ignoreFile: '.rules',
    excludeIfPresent: ['.nobackup'],
    maxSizeBytes: 1000,
    maxAgeSeconds: 3600,
  });
  const { files, bytes } = progress.done;
  const worked = report.files.filter(({ fate }) => fate !== 'skipped');
  assert.deepEqual(worked.map(({ path }) => path).sort(), [
    'CACHE/CACHEDIR.TAG',
    'a.txt',
    'b/c.txt',
    'x/.rules',
    'z-last',
  ]);
  assert.deepEqual(progress.total, { files, bytes, isComplete: true });
  assert.deepEqual([files, progress.files], [worked.length, report.files.length]);
});

test('several sources, each with rules of its own, are counted together', async (t) => {
  const [one, other] = [useTree(t, FILES), useTree(t, { a: '1', b: '2', '.rules': 'a\n', 'z-last': '3' })];
  const source = [
    { folder: one, prefix: 'one' },
    { folder: other, prefix: 'two' },
  ];
  const server = await useS3Server(t);
  const progress = shownProgress();
  server.faults.plan({
    operation: 'PutObject',
    key: 'two/z-last',
    do: { kind: 'call', run: () => until(() => progress.total.isComplete) },
  });
  await backup({
    ...optionsFor(server, ''),
    source,
    progress,
    ignoreFile: '.rules',
    deleteAfterUpload: true,
  });
  assert.deepEqual(progress.total, { files: 8, bytes: 15 + 4, isComplete: true });
  assert.equal(progress.done.files, 8);
});

test('files that cannot be read are counted, as they are in the report', async (t) => {
  const source = useTree(t, FILES);
  writeFileSync(Buffer.concat([Buffer.from(`${source}/bad-`), Buffer.from([0xff])]), 'x');
  const { progress, report } = await counted(t, source);
  assert.equal(report.counts.failed, 1);
  assert.deepEqual([progress.total.files, progress.done.files, progress.failed], [6, 6, 1]);
});

test('a run over a list is not counted', async (t) => {
  const server = await useS3Server(t);
  const progress = shownProgress();
  const list = { input: Readable.from(['a.txt\nb/c.txt\n']) };
  await backupTo(server, useTree(t, FILES), { list, progress, deleteAfterUpload: true });
  assert.deepEqual(progress.total, { files: 0, bytes: 0, isComplete: false });
  assert.equal(progress.done.files, 2);
});

test('counters that the caller has not set are not kept', async (t) => {
  const server = await useS3Server(t);
  const progress = { files: 0, failed: 0, bytes: 0 };
  await backupTo(server, useTree(t, FILES), { progress });
  assert.deepEqual(progress, { files: 5, failed: 0, bytes: 15 });
});

test('while a large file is sent, it is in work with the bytes that are sent', async (t) => {
  const server = await useS3Server(t);
  const progress = shownProgress();
  const seen: unknown[] = [];
  server.faults.plan({
    operation: 'CompleteMultipartUpload',
    do: {
      kind: 'call',
      run: () => {
        for (const { path, size, doneBytes } of progress.inWork) seen.push({ path, size, doneBytes });
      },
    },
  });
  const size = 11 * MIB;
  await backupTo(server, useTree(t, { large: Buffer.alloc(size, 'x') }), { progress });
  assert.deepEqual(seen, [{ path: 'large', size, doneBytes: size }]);
  assert.deepEqual([progress.transferredBytes, progress.inWork.size], [size, 0]);
});

test('bytes of a part that is sent again count again, but not for the file', async (t) => {
  const server = await useS3Server(t);
  const progress = shownProgress();
  let done = 0;
  server.faults.plan({ operation: 'UploadPart', do: { kind: 'error', status: 500, code: 'InternalError' } });
  server.faults.plan({
    operation: 'CompleteMultipartUpload',
    do: {
      kind: 'call',
      run: () => {
        for (const { doneBytes } of progress.inWork) done = doneBytes;
      },
    },
  });
  const size = 11 * MIB;
  await backupTo(server, useTree(t, { large: Buffer.alloc(size, 'x') }), { progress });
  assert.equal(done, size);
  assert.ok(progress.transferredBytes > size && progress.transferredBytes <= size + 5 * MIB);
});

test('through the SDK, bytes count when their request is answered', async (t) => {
  const server = await useS3Server(t);
  const progress = shownProgress();
  const files = { small: 'small', large: Buffer.alloc(11 * MIB, 'x') };
  await backupTo(server, useTree(t, files), { progress, transport: 'sdk' });
  assert.equal(progress.transferredBytes, 11 * MIB + 5);
});

test('an unchanged file is done without being sent', async (t) => {
  const source = useTree(t, { a: 'content' });
  const server = await useS3Server(t);
  await backupTo(server, source);
  const progress = shownProgress();
  await backupTo(server, source, { progress });
  assert.deepEqual(progress.done, { files: 1, bytes: 7, movedFiles: 0, movedBytes: 0 });
  assert.equal(progress.transferredBytes, 0);
});

test('put counts what it sends, and knows its total only if a size is expected', async (t) => {
  const server = await useS3Server(t);
  const { source, onChange, ...options } = optionsFor(server, '');
  const stream = () => Readable.from([Buffer.alloc(3 * MIB), Buffer.alloc(4 * MIB)]);
  const unknown = shownProgress();
  await put({ ...options, key: 'a', input: stream(), progress: unknown });
  assert.deepEqual([unknown.transferredBytes, unknown.total.isComplete], [7 * MIB, false]);
  assert.deepEqual(unknown.done, { files: 1, bytes: 7 * MIB, movedFiles: 1, movedBytes: 7 * MIB });
  const expected = shownProgress();
  await put({ ...options, key: 'b', input: stream(), expectedSize: 7 * MIB, progress: expected });
  assert.deepEqual(expected.total, { files: 1, bytes: 7 * MIB, isComplete: true });
});

test('a verification counts the local files of its pattern, and no objects without a file', async (t) => {
  const source = useTree(t, FILES);
  const server = await useS3Server(t);
  await backupTo(server, source);
  await backupTo(server, useTree(t, { 'only-there.txt': 'x' }));
  const progress = shownProgress();
  server.faults.plan({
    operation: 'GetObject',
    key: 'x/e.txt',
    do: {
      kind: 'call',
      run: async () => {
        await until(() => progress.total.isComplete);
        assert.ok([...progress.inWork].some(({ path, size }) => path === 'x/e.txt' && size === 4));
      },
    },
  });
  const request = { pattern: '*.txt', strict: true, readsBack: () => true, onResult: () => undefined };
  const { exit_code } = await verifyFiles({ ...optionsFor(server, source), progress }, request);
  assert.equal(exit_code, 2);
  assert.deepEqual(progress.total, { files: 3, bytes: 7, isComplete: true });
  assert.deepEqual([progress.done.files, progress.bytes], [3, 7]);
});
