import assert from 'node:assert/strict';
import { symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError, backup, MemoryEntries, runBackup, SpooledEntries } from '../../../src/index.ts';
import { reportText } from '../../../src/report/write-report.ts';
import { assertBalanced } from '../../support/balanced.ts';
import {
  assertNothingLost,
  assertSameBytes,
  keysIn,
  objectsIn,
  unfinishedUploads,
  useBucketClient,
} from '../../support/bucket.ts';
import { untilClosed } from '../../support/descriptors.ts';
import { assertNothingIsEverLost } from '../../support/random-faults.ts';
import { backupTo, entryFor, fatesOf, MIB, moveTo, optionsFor } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { filesIn, namesIn, useFolder, useTree } from '../../support/tree.ts';

const SMALL_FILES = Object.fromEntries(
  Array.from({ length: 40 }, (_, n) => [`f${n % 5}/${n}`, `content ${n}`]),
);

test('copies a folder and keeps it, and says so', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { ...SMALL_FILES, large: Buffer.alloc(5 * MIB + 1, 'l') });
  const before = filesIn(source);
  const report = await backupTo(server, source, { prefix: 'some/prefix' });
  assertBalanced(report);
  assert.deepEqual([report.exit_code, report.counts.kept, report.success_rate_percent], [0, 41, 100]);
  assert.deepEqual([report.source, report.bucket, report.prefix], [source, TEST_BUCKET, 'some/prefix/']);
  assert.deepEqual(filesIn(source), before);
  assertSameBytes(await objectsIn(useBucketClient(t, server)), before, 'some/prefix/');
});

test('a second run sends nothing, and finds everything unchanged', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { ...SMALL_FILES, '\u0001odd\n': 'x', large: Buffer.alloc(5 * MIB + 1, 'l') });
  await backupTo(server, source);
  server.requests.clear();
  const report = await backupTo(server, source);
  assertBalanced(report);
  assert.deepEqual([report.exit_code, report.counts.unchanged, report.attempts], [0, 42, 0]);
  assert.deepEqual(
    server.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD'),
    [],
  );
  const moved = await moveTo(server, source);
  assertBalanced(moved);
  assert.deepEqual([moved.exit_code, moved.deleted_files, namesIn(source)], [0, 42, []]);
});

test('an empty folder and an empty list succeed without doing anything', async (t) => {
  const server = await useS3Server(t);
  const source = useFolder(t);
  const list = { input: (async function* (): AsyncGenerator<string> {})() };
  for (const more of [{}, { list }]) {
    const report = await moveTo(server, source, more);
    assertBalanced(report);
    assert.deepEqual([report.exit_code, report.total_files, report.success_rate_percent], [0, 0, 100]);
  }
});

test('backs up the files of a list, and no others', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1', 'b/c': '2', d: '3' });
  const list = {
    input: (async function* () {
      yield 'a\nb/c\n/etc/passwd\nmissing\n';
    })(),
  };
  const report = await moveTo(server, source, { list });
  assertBalanced(report);
  assert.deepEqual(fatesOf(report), {
    a: 'deleted',
    'b/c': 'deleted',
    '/etc/passwd': 'failed OUTSIDE_SOURCE',
    missing: 'failed NOT_FOUND',
  });
  assert.deepEqual(namesIn(source), ['d']);
});

test('a list that breaks off ends the run in order, and the files before that are in the report', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1', b: '2' });
  const list = {
    input: (async function* () {
      yield 'a\nb\n';
      throw new Error('EIO');
    })(),
  };
  const report = await backupTo(server, source, { list });
  assertBalanced(report);
  assert.deepEqual([report.error?.code, report.exit_code], ['LIST_UNREADABLE', 1]);
  assert.deepEqual(report.files.map(({ path }) => path).sort(), ['a', 'b']);
});

test('a file that is too large for memory fails in a dry run and a real one, and the others are stored', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { huge: 'x', small: 'y' });
  truncateSync(join(source, 'huge'), 4 * 10 ** 12);
  const dry = await backupTo(server, source, { dryRun: true });
  assert.deepEqual(fatesOf(dry), { huge: 'failed FILE_TOO_LARGE', small: 'skipped DRY_RUN' });
  const report = await backupTo(server, source);
  assert.deepEqual(fatesOf(report), { huge: 'failed FILE_TOO_LARGE', small: 'kept' });
  assert.equal(report.exit_code, 2);
  assert.equal(server.requests.of('CreateMultipartUpload').length, 0);
});

test('a dry run asks for access and nothing else, and changes nothing', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '12', 'b/c.tmp': '345', 'b/d': '6789', 'empty/': '' });
  symlinkSync('a', join(source, 'link'));
  const before = namesIn(source);
  const report = await moveTo(server, source, { dryRun: true, exclude: ['*.tmp'] });
  assertBalanced(report);
  assert.deepEqual(
    server.requests.map(({ operation }) => operation),
    ['ListObjectsV2'],
  );
  assert.deepEqual(
    [report.dry_run, report.exit_code, report.planned],
    [true, 0, { files: 2, bytes: 6, present_files: 0, present_bytes: 0 }],
  );
  assert.deepEqual(fatesOf(report), {
    a: 'skipped DRY_RUN',
    'b/d': 'skipped DRY_RUN',
    'b/c.tmp': 'skipped EXCLUDED',
    link: 'skipped SYMBOLIC_LINK',
  });
  assert.match(entryFor(report, 'a').reason ?? '', /deleted here once S3 has proved/);
  assert.deepEqual(namesIn(source), before);
});

for (const [reason, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${reason} ends a run in order: uploads in progress succeed, and nothing new begins`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, SMALL_FILES);
    const before = filesIn(source);
    const controller = new AbortController();
    server.faults.plan({
      operation: 'PutObject',
      skip: 10,
      do: { kind: 'call', run: () => controller.abort(reason) },
    });
    const report = await moveTo(server, source, { signal: controller.signal, concurrency: 2 });
    assertBalanced(report);
    assert.deepEqual([report.exit_code, report.interrupted, report.error], [exitCode, true, null]);
    assert.ok(server.requests.of('PutObject').length <= 13);
    const client = useBucketClient(t, server);
    assertNothingLost(before, filesIn(source), await objectsIn(client));
    // What was under way was proved and deleted, not abandoned.
    assert.equal(report.deleted_files, (await keysIn(client)).length);
    assert.deepEqual(new Set(Object.values(fatesOf(report))), new Set(['deleted', 'failed INTERRUPTED']));
    await untilClosed(source);
  });
}

describe('when the store does not answer', { concurrency: true }, () => {
  test('requests that hang are given up five seconds after a stop, and no parts are left behind', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { large: Buffer.alloc(11 * MIB, 'l'), small: 'x', proved: 'y' });
    const before = filesIn(source);
    const controller = new AbortController();
    server.faults.plan({ operation: 'PutObject', key: 'small', do: { kind: 'stall' } });
    // Both small files are in flight by then.
    const run = async () => {
      while (server.requests.of('PutObject').length < 2) await sleep(10);
      controller.abort('SIGTERM');
    };
    server.faults.plan({ operation: 'UploadPart', skip: 1, do: { kind: 'call', run } });
    server.faults.plan({ operation: 'UploadPart', do: { kind: 'stall' } });
    const report = await moveTo(server, source, { signal: controller.signal });
    assertBalanced(report);
    assert.deepEqual([report.exit_code, report.interrupted], [143, true]);
    assert.deepEqual(fatesOf(report), {
      large: 'failed INTERRUPTED',
      small: 'failed INTERRUPTED',
      proved: 'deleted',
    });
    const client = useBucketClient(t, server);
    assert.deepEqual(await unfinishedUploads(client), []);
    assertNothingLost(before, filesIn(source), await objectsIn(client));
    await untilClosed(source);
  });

  test('a stop while the access is being checked ends as interrupted, not as a broken endpoint', async (t) => {
    const server = await useS3Server(t);
    const controller = new AbortController();
    server.faults.plan({
      operation: 'ListObjectsV2',
      do: { kind: 'call', run: () => controller.abort('SIGINT') },
    });
    server.faults.plan({ operation: 'ListObjectsV2', times: 9, do: { kind: 'stall' } });
    const report = await backupTo(server, useTree(t, { a: 'x' }), { signal: controller.signal });
    assertBalanced(report);
    assert.deepEqual([report.exit_code, report.interrupted, report.error], [130, true, null]);
  });
});

test('a run that is stopped before it begins touches nothing', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, SMALL_FILES);
  const before = filesIn(source);
  const report = await moveTo(server, source, { signal: AbortSignal.abort('SIGINT') });
  assertBalanced(report);
  assert.deepEqual([report.exit_code, report.interrupted, report.total_files], [130, true, 0]);
  assert.deepEqual([filesIn(source), await keysIn(useBucketClient(t, server))], [before, []]);
});

test('one signal may serve many runs', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: 'x' });
  const { signal } = new AbortController();
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  for (let run = 0; run < 15; run += 1) await backupTo(server, source, { signal });
  assert.deepEqual(
    warnings.filter(({ name }) => name === 'MaxListenersExceededWarning'),
    [],
  );
});

test('progress and entries are passed to the caller, and agree with the report', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, SMALL_FILES);
  server.faults.plan({
    operation: 'PutObject',
    key: 'f0/0',
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  const progress = { files: 0, failed: 0, bytes: 0 };
  const told: string[] = [];
  const report = await backupTo(server, source, { progress, onEntry: ({ path }) => told.push(path) });
  const bytes = [...filesIn(source).values()].reduce((sum, { length }) => sum + length, 0);
  assert.deepEqual(progress, { files: 40, failed: 1, bytes });
  assert.deepEqual(
    told,
    report.files.map(({ path }) => path),
  );
});

/** More than all streams of a run hold together, so that some entries come out of their buffers. */
const MANY_FILES = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}`, `x${n}`]));

for (const mode of ['copied', 'unchanged', 'listed'])
  test(`what the caller's code throws at an entry of ${mode} files stops the run in order`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, MANY_FILES);
    if (mode === 'unchanged') {
      for (const path of Object.keys(MANY_FILES)) utimesSync(join(source, path), 1e9, 1e9);
      await backupTo(server, source);
    }
    for (const at of [1, 10, 60, 300])
      await t.test(`at entry ${at}`, async () => {
        const list = { input: Readable.from([Object.keys(MANY_FILES).join('\n')]) };
        let entries = 0;
        const onEntry = () => {
          entries += 1;
          if (entries === at) throw new Error('mine');
        };
        const report = await backupTo(server, source, {
          compare: 'size-mtime',
          onEntry,
          ...(mode === 'listed' && { list }),
          // Each run but those of unchanged files finds an empty place.
          ...(mode !== 'unchanged' && { prefix: `at-${at}` }),
        });
        assert.deepEqual([report.error, report.exit_code], [{ code: 'INTERNAL', message: 'mine' }, 1]);
        assertBalanced(report);
        await untilClosed(source);
      });
  });

test('a bad or missing option is named before anything is done', async (t) => {
  const source = useTree(t, { a: 'x' });
  const bad = [
    { partSizeBytes: 1 },
    { partSizeBytes: 5 * MIB + 0.5 },
    { concurrency: 0 },
    { concurrency: 257 },
    { maxAttempts: 21 },
    { memoryBytes: 10 * MIB - 1, partSizeBytes: 5 * MIB },
    { concurrency: Number.NaN },
  ];
  for (const options of bad) {
    const [name = ''] = Object.keys(options);
    await assert.rejects(
      backup({ source, bucket: 'b', ...options }),
      (error) =>
        error instanceof BackupError && error.code === 'BAD_OPTION' && error.message.startsWith(name),
    );
  }
  await assert.rejects(backup({ source, bucket: '' }), { code: 'BAD_OPTION', message: /bucket/i });
  await assert.rejects(backup({ source: join(source, 'missing'), bucket: 'b' }), {
    code: 'SOURCE_NOT_FOUND',
  });
  await assert.rejects(backup({ source, bucket: 'b', exclude: ['!x'] }), { code: 'BAD_OPTION' });
});

test('whatever goes wrong, no byte is lost, and every file is in the report once', (t) =>
  assertNothingIsEverLost(t, { runs: 5 }));

test('entries in memory and on disk give the same report', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, SMALL_FILES);
  writeFileSync(join(source, 'line\nbreak'), 'x');
  const spooled = new SpooledEntries(useFolder(t));
  const inMemory = new MemoryEntries();
  const both = {
    add: (entry: Parameters<typeof spooled.add>[0]) => {
      spooled.add(entry);
      inMemory.add(entry);
    },
    close: () => undefined,
    [Symbol.iterator]: () => inMemory[Symbol.iterator](),
  };
  const summary = await runBackup(optionsFor(server, source), both);
  assert.deepEqual([...reportText(summary, spooled)].join(''), [...reportText(summary, inMemory)].join(''));
  assert.equal(inMemory.list.length, 41);
  spooled.close();
});
