import assert from 'node:assert/strict';
import { linkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { BackupOptions, MovePlan } from '../../../src/index.ts';
import { keysIn, useBucketClient } from '../../support/bucket.ts';
import { backupTo, fatesOf, moveTo } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { addFiles, namesIn, useTree } from '../../support/tree.ts';

const FILES = { a: '12345', 'b/c': '678', 'x.tmp': '90' };

/** A callback that gives this answer, and keeps what it was asked. */
function answering(answer: boolean) {
  const asked: Omit<MovePlan, 'signal'>[] = [];
  const confirm = async ({ signal, ...plan }: MovePlan) => {
    assert.equal(signal.aborted, false);
    asked.push(plan);
    return answer;
  };
  return { asked, confirm };
}

test('a move that is not confirmed sends and deletes nothing, and stores no manifest', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, FILES);
  const { asked, confirm } = answering(false);
  const report = await moveTo(server, source, {
    confirm,
    prefix: 'p',
    exclude: ['*.tmp'],
    manifest: true,
  });
  assert.deepEqual(asked, [{ files: 2, bytes: 8, source, bucket: TEST_BUCKET, prefix: 'p/' }]);
  const message = 'The move was not confirmed: no file was sent or deleted.';
  assert.deepEqual([report.error, report.exit_code], [{ code: 'NOT_CONFIRMED', message }, 1]);
  assert.deepEqual([report.total_files, report.manifest], [0, null]);
  assert.deepEqual(await keysIn(useBucketClient(t, server)), []);
  assert.deepEqual(namesIn(source), ['a', 'b', 'b/c', 'x.tmp']);
});

test('a move that is confirmed goes on, also over a list, and with a limit on deletions', async (t) => {
  const server = await useS3Server(t);
  const { asked, confirm } = answering(true);
  const source = useTree(t, FILES);
  const list = { input: Readable.from(['a\ngone\n']) };
  const listed = await moveTo(server, source, { confirm, list, maxDelete: 1 });
  assert.deepEqual(fatesOf(listed), { a: 'deleted', gone: 'failed NOT_FOUND' });
  const all = await moveTo(server, source, { confirm });
  assert.deepEqual([all.exit_code, namesIn(source)], [0, []]);
  assert.deepEqual(
    asked.map(({ files, bytes }) => [files, bytes]),
    [
      [1, 5],
      [2, 5],
    ],
  );
});

test('files that a move keeps are not among those that it asks about', async (t) => {
  const server = await useS3Server(t);
  const { asked, confirm } = answering(true);
  const source = useTree(t, { one: '1', file: '22' });
  linkSync(join(source, 'one'), join(source, 'other'));
  symlinkSync('file', join(source, 'link'));
  await moveTo(server, source, { confirm, links: 'store' });
  await moveTo(server, source, { confirm, links: 'store' });
  assert.deepEqual(
    asked.map(({ files, bytes }) => [files, bytes]),
    [[1, 2]],
    'with nothing to delete it asks nothing',
  );
});

test('nothing is asked before a copy or a dry run, nor if too many files would be deleted', async (t) => {
  const server = await useS3Server(t);
  const { asked, confirm } = answering(false);
  const source = useTree(t, FILES);
  assert.equal((await backupTo(server, source, { confirm })).exit_code, 0);
  assert.equal((await moveTo(server, source, { confirm, dryRun: true })).exit_code, 0);
  assert.equal((await moveTo(server, source, { confirm, maxDelete: 2 })).error?.code, 'MAX_DELETE');
  assert.deepEqual(asked, []);
});

test('only true is a yes, and an error is a no', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1' });
  const confirm = (() => 'yes') as unknown as BackupOptions['confirm'];
  assert.equal((await moveTo(server, source, { confirm })).error?.code, 'NOT_CONFIRMED');
  const broken = await moveTo(server, source, {
    confirm: () => {
      throw new Error('no terminal');
    },
  });
  assert.deepEqual(broken.error, { code: 'INTERNAL', message: 'no terminal' });
  assert.deepEqual(namesIn(source), ['a']);
});

test('a signal while the answer is awaited ends the run as any signal does', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1' });
  const stop = new AbortController();
  const confirm = ({ signal }: MovePlan) =>
    new Promise<boolean>((answer) => {
      signal.addEventListener('abort', () => answer(false));
      stop.abort('SIGINT');
    });
  const report = await moveTo(server, source, { confirm, signal: stop.signal });
  assert.deepEqual([report.exit_code, report.error, report.interrupted], [130, null, true]);
  assert.deepEqual(namesIn(source), ['a']);
});

test('files that come and change while the answer is awaited are moved as safely as ever', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1' });
  const confirm = async () => {
    addFiles(source, { a: 'changed', b: 'new' });
    return true;
  };
  const report = await moveTo(server, source, { confirm, maxDelete: 1 });
  assert.equal(report.error?.code, 'MAX_DELETE');
  assert.equal(report.counts.deleted + namesIn(source).length, 2);
  const next = await moveTo(server, source, { confirm: () => true });
  assert.deepEqual([next.exit_code, namesIn(source)], [0, []]);
});

const first = { confirmWhen: 'first' } as const;

test('a move after one of a million files does not ask, although its segments fill a page of the listing', async (t) => {
  const server = await useS3Server(t);
  const { asked, confirm } = answering(true);
  const source = useTree(t, { a: '1' });
  const client = useBucketClient(t, server);
  const put = (Key: string) => client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key, Body: 'x' }));
  const run = 'p/.s3-backup/runs/segments/20261130T021500Z-1a2b3c4d';
  for (let n = 0; n < 1_000; n += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, more) => put(`${run}/${10_000_000 + n + more}-1-1-0.ndjson.gz`)),
    );
  await put('p/moved');
  await moveTo(server, source, { ...first, confirm, prefix: 'p' });
  assert.deepEqual([asked.length, namesIn(source)], [0, []]);
});

test('the first move asks, and none after it', async (t) => {
  const server = await useS3Server(t);
  const { asked, confirm } = answering(true);
  const source = useTree(t, { a: '1' });
  await backupTo(server, useTree(t, { 'elsewhere/a': '1' }));
  for (const name of ['b', 'c']) {
    await moveTo(server, source, { ...first, confirm, prefix: 'p', manifest: true });
    addFiles(source, { [name]: name });
  }
  assert.equal(asked.length, 1);
  assert.deepEqual(namesIn(source), ['c']);
});

test('a move after copies is a first one, as long as every copy has its file here', async (t) => {
  const server = await useS3Server(t);
  const { asked, confirm } = answering(false);
  const source = useTree(t, { a: '1', 'b/c': '2' });
  symlinkSync('a', join(source, 'link'));
  await backupTo(server, source, { links: 'store', manifest: true, prefix: 'p' });
  const move = () => moveTo(server, source, { ...first, confirm, prefix: 'p' });
  assert.equal((await move()).error?.code, 'NOT_CONFIRMED');
  await backupTo(server, useTree(t, { gone: '3' }), { prefix: 'p' });
  assert.deepEqual([(await move()).error, asked.length], [null, 1]);
});

test('of several folders one that is moved for the first time is enough to ask', async (t) => {
  const server = await useS3Server(t);
  const { asked, confirm } = answering(true);
  const [one, two] = [useTree(t, { a: '1' }), useTree(t, { b: '22' })];
  const source = [{ folder: one, prefix: 'one' }];
  await moveTo(server, '', { ...first, confirm, source });
  writeFileSync(join(one, 'c'), '333');
  await moveTo(server, '', { ...first, confirm, source: [...source, { folder: two, prefix: 'two' }] });
  assert.deepEqual(
    asked.map(({ files, bytes, source: name }) => [files, bytes, name]),
    [
      [1, 1, `one/ = ${one}`],
      [2, 5, `one/ = ${one}, two/ = ${two}`],
    ],
  );
});

test('a store that does not list ends a move that would have to ask', async (t) => {
  const server = await useS3Server(t);
  const { asked, confirm } = answering(true);
  const source = useTree(t, { a: '1' });
  server.faults.plan({
    operation: 'ListObjectsV2',
    skip: 1,
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  const report = await moveTo(server, source, { ...first, confirm });
  assert.deepEqual([report.error?.code, report.exit_code], ['BUCKET_FORBIDDEN', 1]);
  assert.deepEqual([asked, namesIn(source)], [[], ['a']]);
});
