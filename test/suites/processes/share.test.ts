import assert from 'node:assert/strict';
import { appendFileSync, linkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BackupOptions, backup, type FileInWork, type Report } from '../../../src/index.ts';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { assertSameBytes, objectsIn, useBucketClient } from '../../support/bucket.ts';
import { childrenOf } from '../../support/children.ts';
import { backupTo, entryFor, fatesOf, MIB, moveTo, optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useSimpleStore } from '../../support/simple-store.ts';
import { filesIn, namesIn, useFolder, useTree } from '../../support/tree.ts';

/** Files of all sorts, in folders that no process can empty alone. */
function useMixedTree(t: TestContext): string {
  const small = Array.from({ length: 700 }, (_, n) => [`many/${n % 3}/${n}`, `content ${n}`]);
  const source = useTree(t, {
    ...Object.fromEntries(small),
    'large/one': Buffer.alloc(5 * MIB + 1, '1'),
    'large/two': Buffer.alloc(11 * MIB, '2'),
    'left.out': 'x',
    'ünï/\u0001odd\n': '',
    'empty/before/': '',
  });
  linkSync(join(source, 'many/0/0'), join(source, 'hard'));
  symlinkSync('many/0/0', join(source, 'link'));
  return source;
}

/** What must not depend on the number of processes. */
function essence(report: Report) {
  const { start_time, end_time, duration_seconds, timeline, ...rest } = report;
  return {
    ...rest,
    files: sorted(
      report.files.map(({ path, fate, code, reason, key, size, md5, etag, proof, attempts }) => ({
        path,
        fate,
        code,
        reason,
        key,
        size,
        md5,
        etag,
        proof,
        attempts,
      })),
    ),
    uploaded_files: sorted(report.uploaded_files),
    upload_errors: sorted(report.upload_errors),
    deletion_errors: sorted(report.deletion_errors),
  };
}

function sorted<T>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

async function runOnce(t: TestContext, more: Partial<BackupOptions>) {
  const server = await useS3Server(t);
  const source = useMixedTree(t);
  const report = await backupTo(server, source, { prefix: 'p', exclude: ['*.out'], ...more });
  const objects = await objectsIn(useBucketClient(t, server));
  return { report: { ...essence(report), source: '' }, objects, names: namesIn(source) };
}

describe('a run in several processes', { timeout: 600_000 }, () => {
  for (const deleteAfterUpload of [false, true]) {
    it(`gives the same report as in one, and the same objects (deletion ${deleteAfterUpload ? 'on' : 'off'})`, async (t) => {
      const one = await runOnce(t, { deleteAfterUpload });
      for (const processes of [2, 3]) {
        const several = await runOnce(t, { deleteAfterUpload, processes });
        assert.deepEqual(several.report, one.report);
        assert.deepEqual(several.objects, one.objects);
        assert.deepEqual(several.names, one.names);
      }
    });
  }

  it('a second run finds everything unchanged, and then moves it without sending anything', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`d/${n}`, `${n}`])));
    await backupTo(server, source, { processes: 2 });
    const again = await backupTo(server, source, { processes: 2 });
    assert.deepEqual([again.counts.unchanged, again.attempts], [300, 0]);
    const moved = await moveTo(server, source, { processes: 2 });
    assert.deepEqual([moved.exit_code, moved.deleted_files, moved.removed_folders], [0, 300, 1]);
    assert.deepEqual(namesIn(source), []);
  });

  it('shares few files among all processes, and begins none without need', async (t) => {
    const server = await useS3Server(t);
    let seen = 0;
    const look = () => {
      seen = Math.max(seen, childrenOf().length);
    };
    server.faults.plan({ operation: 'PutObject', times: 10, do: { kind: 'call', run: look } });
    const source = useTree(t, Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`${n}`, `${n}`])));
    const before = filesIn(source);
    const report = await moveTo(server, source, { processes: 3 });
    assert.deepEqual([report.exit_code, report.deleted_files], [0, 10]);
    assertSameBytes(await objectsIn(useBucketClient(t, server)), before);
    if (process.platform === 'linux') assert.equal(seen, 3);
    const nothing = await moveTo(server, useFolder(t), { processes: 3 });
    assert.deepEqual([nothing.exit_code, nothing.total_files], [0, 0]);
    assert.deepEqual(childrenOf(), []);
  });

  it('loses nothing on a store that takes two keys for one', async (t) => {
    const store = await useSimpleStore(t, { foldsKeys: true, ignoresConditions: true });
    const large = Array.from({ length: 20 }, (_, n) => [`FILE ${n}`, Buffer.alloc(2 * MIB, n + 1)] as const);
    const small = Array.from({ length: 20 }, (_, n) => [`file ${n}`, `small ${n}`] as const);
    const first = Array.from({ length: 40 }, (_, n) => [`a ${n}`, `${n}`] as const);
    const source = useTree(t, Object.fromEntries([...first, ...large, ...small]));
    const contents = filesIn(source);
    const names = [...first, ...large, ...small].map(([name]) => name);
    const list = { input: Readable.from([`${names.join('\n')}\n`]) };
    // So slow that the large files are in work when the small ones come.
    const slow = { processes: 2, bytesPerSecond: 8 * MIB, list };
    const report = await backup(store.options(source, { deleteAfterUpload: true, ...slow }));
    assert.deepEqual([report.counts.deleted, report.counts.failed], [60, 20]);
    for (const { path, fate } of report.files)
      if (fate === 'deleted')
        assert.deepEqual(store.objects.get(path.toLowerCase())?.bytes, contents.get(path));
  });

  it('samples the files in upload and the bytes read of all processes', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(
      t,
      Object.fromEntries(Array.from({ length: 4 }, (_, n) => [`${n}`, Buffer.alloc(2 * MIB, n)])),
    );
    // It takes two seconds, and the processes tell five times a second what they do.
    const { timeline } = await backupTo(server, source, { processes: 2, bytesPerSecond: 4 * MIB });
    const most = Math.max(...timeline.map(({ at_once }) => at_once));
    assert.ok(most >= 2 && most <= 4, String(most));
    const { files, bytes, at_once } = timeline.at(-1) ?? {};
    assert.deepEqual([files, bytes, at_once], [4, 8 * MIB, 0]);
  });

  it('reports the folders that it removes, also those that hold what was deleted while it was open', async (t) => {
    const server = await useS3Server(t);
    const names = Array.from({ length: 4 }, (_, n) => [`${n}/file`, `${n}`]);
    const source = useTree(t, { ...Object.fromEntries(names), '1/.nfs0000000012345678': 'open elsewhere' });
    const timer = setInterval(() => {
      if (namesIn(source).some((name) => name.endsWith('/file')) || childrenOf().length > 0) return;
      clearInterval(timer);
      setTimeout(() => rmSync(join(source, '1/.nfs0000000012345678')), 30);
    }, 1);
    t.after(() => clearInterval(timer));
    const report = await moveTo(server, source, { processes: 2, exclude: ['**/.nfs*'] });
    assert.deepEqual([report.deleted_files, report.removed_folders], [4, 4]);
    assert.deepEqual(namesIn(source), []);
  });

  it('takes the files of a list', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { a: '1', 'b/c': '2', d: '3' });
    const list = {
      input: (async function* () {
        yield 'a\nb/c\nmissing\n';
      })(),
    };
    const report = await moveTo(server, source, { list, processes: 2 });
    assert.deepEqual(fatesOf(report), { a: 'deleted', 'b/c': 'deleted', missing: 'failed NOT_FOUND' });
    assert.deepEqual(namesIn(source), ['d']);
  });

  it('a file that changes is sent again, over what this run has written and nothing else', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { steady: 's', busy: Buffer.alloc(6 * MIB, 'b'), other: 'o' });
    const run = () => appendFileSync(join(source, 'busy'), 'more');
    server.faults.plan({ operation: 'CompleteMultipartUpload', do: { kind: 'call', run } });
    const report = await moveTo(server, source, { processes: 2, onChange: 'retry' });
    assert.deepEqual(fatesOf(report), { steady: 'deleted', busy: 'deleted', other: 'deleted' });
    const objects = await objectsIn(useBucketClient(t, server));
    assert.equal(objects.get('busy')?.length, 6 * MIB + 4);
  });

  it('knows files whose keys the store would take for one', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { a: '1', A: '2', b: '3' });
    const report = await moveTo(server, source, { processes: 2, keyFolding: 'case' });
    assert.deepEqual(fatesOf(report), {
      a: 'failed KEY_COLLISION',
      A: 'failed KEY_COLLISION',
      b: 'deleted',
    });
  });

  it('counts what is read, and tells of every file while it goes on', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { a: '12345', b: '678' });
    const progress = { files: 0, failed: 0, bytes: 0 };
    const told: string[] = [];
    await backupTo(server, source, { processes: 2, progress, onEntry: ({ path }) => told.push(path) });
    assert.deepEqual(progress, { files: 2, failed: 0, bytes: 8 });
    assert.deepEqual(told.sort(), ['a', 'b']);
  });

  it('tells what its processes send, and the files that they have in work', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { a: '12345', b: '678' });
    const inWork = new Set<FileInWork>();
    const progress = { files: 0, failed: 0, bytes: 0, transferredBytes: 0, inWork };
    const seen = async () => {
      while (![...inWork].some(({ path, size }) => path === 'a' && size === 5)) await sleep(10);
    };
    server.faults.plan({ operation: 'PutObject', key: 'a', do: { kind: 'call', run: seen } });
    await backupTo(server, source, { processes: 2, progress });
    assert.deepEqual([progress.transferredBytes, inWork.size], [8, 0]);
  });

  it('wrong credentials are one error, before any process is begun', async (t) => {
    const server = await useS3Server(t);
    const credentials = { accessKeyId: server.accessKeyId, secretAccessKey: 'wrong' };
    const options = optionsFor(server, useTree(t, { a: '1' }), { processes: 2, credentials });
    await assert.rejects(backup(options), { code: 'BAD_SECRET_KEY' });
    assert.deepEqual(childrenOf(), []);
  });

  it('credentials that stop to work end the run in all processes, with one error', async (t) => {
    const server = await useS3Server(t);
    const { source, names } = useNumbered(t, 400);
    loseCredentials(server);
    const report = await moveTo(server, source, { processes: 2, concurrency: 4 });
    assert.deepEqual([report.exit_code, report.error?.code], [1, 'BAD_ACCESS_KEY']);
    assert.match(report.error?.message ?? '', /PutObject/);
    assert.ok(report.counts.failed > 0);
    for (const { fate, code } of report.files)
      if (fate === 'failed') assert.ok(code === 'RUN_FAILED' || code === 'UPLOAD_FAILED', `${code}`);
    assert.equal(new Set(report.files.map(({ path }) => path)).size, report.files.length);
    const left = new Set(namesIn(source));
    for (const name of names)
      assert.equal(left.has(name), !report.files.some((f) => f.path === name && f.fate === 'deleted'));
    assert.deepEqual(childrenOf(), []);
  });

  it('a stop is obeyed by all', async (t) => {
    const server = await useS3Server(t);
    const { source } = useNumbered(t, 400);
    const controller = new AbortController();
    const run = () => controller.abort('SIGINT');
    server.faults.plan({ operation: 'PutObject', skip: 20, do: { kind: 'call', run } });
    const { signal } = controller;
    const report = await moveTo(server, source, { processes: 2, concurrency: 4, signal });
    assert.deepEqual([report.exit_code, report.interrupted], [130, true]);
    assert.equal(namesIn(source).length, 400 - report.deleted_files);
    assert.ok(report.files.some(({ code }) => code === 'INTERRUPTED'));
    assert.ok(report.deleted_files > 0);
    assert.deepEqual(childrenOf(), []);
  });

  it('refuses a number of processes that cannot be', async (t) => {
    const server = await useS3Server(t);
    for (const processes of [0, 65, 1.5]) {
      await assert.rejects(backupTo(server, useTree(t, { a: '1' }), { processes }), {
        code: 'BAD_OPTION',
        message: `processes is ${processes}; allowed are whole numbers from 1 to 64.`,
      });
    }
  });

  it('a dry run plans here, and begins no process', async (t) => {
    const server = await useS3Server(t);
    const report = await moveTo(server, useTree(t, { a: '1' }), { processes: 2, dryRun: true });
    assert.equal(entryFor(report, 'a').code, 'DRY_RUN');
  });
});

function useNumbered(t: TestContext, count: number): { source: string; names: string[] } {
  const names = Array.from({ length: count }, (_, n) => `${n}`);
  return { source: useTree(t, Object.fromEntries(names.map((name) => [name, name]))), names };
}

function loseCredentials(server: S3Server): void {
  server.faults.plan({
    operation: 'PutObject',
    skip: 30,
    times: Number.POSITIVE_INFINITY,
    do: { kind: 'error', status: 403, code: 'InvalidAccessKeyId' },
  });
}
