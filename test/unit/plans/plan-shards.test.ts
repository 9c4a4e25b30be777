import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { compareKeys } from '../../../src/core/key.ts';
import type { BackupOptions } from '../../../src/index.ts';
import type { Plan, PlannedRange } from '../../../src/plans/plan.ts';
import { type PlanRequest, planShards } from '../../../src/plans/plan-shards.ts';
import { bytesOf, keysIn, useBucketClient } from '../../support/bucket.ts';
import { fatesOf, moveTo, optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { namesIn, useTree } from '../../support/tree.ts';

async function usePlanner(t: TestContext, files: Record<string, string>) {
  const server = await useS3Server(t);
  const source = useTree(t, files);
  const plan = async (request: PlanRequest, more: Partial<BackupOptions> = {}): Promise<Plan> => {
    const stored = await planShards(optionsFor(server, source, { prefix: 'p', ...more }), request);
    assert.ok(stored);
    return stored.plan;
  };
  return { server, source, plan };
}

/** Files with the content of their names, in 20 folders. */
const FILES = Object.fromEntries(
  Array.from({ length: 200 }, (_, n) => [`f${String(n % 20).padStart(2, '0')}/sub/${n}`, String(n)]),
);

function inKeyOrder({ ranges }: Plan): readonly PlannedRange[] {
  return [...ranges].sort((a, b) => compareKeys(a.from ?? '', b.from ?? ''));
}

function requireWhole(plan: Plan): void {
  const ranges = inKeyOrder(plan);
  assert.deepEqual([ranges[0]?.from, ranges.at(-1)?.to], [null, null]);
  for (const [place, range] of ranges.slice(1).entries()) assert.equal(range.from, ranges[place]?.to);
}

test('a plan by walk is stored with ranges that together hold every file, and a run of each moves them all', async (t) => {
  const { server, source, plan } = await usePlanner(t, FILES);
  const made = await plan({ shards: 5 });
  requireWhole(made);
  assert.deepEqual([made.files, made.by, made.ranges.length], [200, 'walk', 5]);
  assert.ok(made.ranges.every(({ files }) => files >= 39 && files <= 41));
  const client = useBucketClient(t, server);
  const stored = await bytesOf(client, `p/.s3-backup/plans/${made.id}/plan.json`);
  assert.deepEqual(JSON.parse(String(stored)), made);
  let moved = 0;
  for (const { from, to, files } of made.ranges) {
    const range = { ...(from !== null && { from }), ...(to !== null && { to }) };
    const fates = Object.values(fatesOf(await moveTo(server, source, { prefix: 'p', range })));
    assert.deepEqual(fates, Array(files).fill('deleted'));
    moved += fates.length;
  }
  assert.deepEqual([moved, namesIn(source)], [200, []]);
});

test('the shards can be given by the number of their files', async (t) => {
  const { plan } = await usePlanner(t, FILES);
  const { ranges } = await plan({ shardFiles: 30 });
  assert.equal(ranges.length, 7);
});

test('files that a run leaves out do not count, and a stored link counts under its own key', async (t) => {
  const { source, plan } = await usePlanner(t, { 'a.tmp': '', 'b/c.tmp': '', 'b/d': '', e: '' });
  symlinkSync('e', join(source, 'e.link'));
  const { files, ranges } = await plan({ shards: 9 }, { exclude: ['*.tmp'], links: 'store' });
  assert.equal(files, 3);
  assert.deepEqual(ranges.map(({ from }) => from).sort(), ['e', 'e.link.rclonelink', null].sort());
});

test('a plan by folders weighs the upper levels and estimates what is below, without looking at a file', async (t) => {
  const { plan } = await usePlanner(t, { ...FILES, top: '', 'f05/own': '' });
  const made = await plan({ shards: 4, by: 'folders' });
  requireWhole(made);
  // All folders are alike, so the estimates are exact.
  assert.deepEqual([made.files, made.bytes], [202, null]);
  assert.ok(made.ranges.every(({ files, bytes }) => Math.abs(files - 50) <= 11 && bytes === null));
});

test('a plan by folders divides a folder that holds more than the others, however deep its files are', async (t) => {
  const even = Array.from({ length: 64 }, (_, n) => `even/${n}/file`);
  const deep = Array.from({ length: 320 }, (_, n) => `deep/0/0/0/${n % 10}/${n}`);
  const flat = Array.from({ length: 320 }, (_, n) => `flat/0/0/0/${n}`);
  const { plan } = await usePlanner(
    t,
    Object.fromEntries([...even, ...deep, ...flat].map((path) => [path, ''])),
  );
  const { files, ranges } = await plan({ shards: 4, by: 'folders' });
  assert.equal(files, 704);
  assert.ok(
    ranges.length === 4 && ranges.every((range) => Math.abs(range.files - 176) <= 32),
    JSON.stringify(ranges),
  );
});

test('a plan by a run takes the files of its manifest, which need not be here', async (t) => {
  const { server, source, plan } = await usePlanner(t, FILES);
  await moveTo(server, source, { prefix: 'p', manifest: true });
  const made = await plan({ shards: 5, by: 'run' });
  requireWhole(made);
  assert.deepEqual([made.files, made.ranges.length, made.by], [200, 5, 'run']);
  await assert.rejects(plan({ by: 'run', run: '2001' }), { code: 'RUN_NOT_FOUND' });
});

test('keys of several sources have their prefixes, and come in one order', async (t) => {
  const { source, plan } = await usePlanner(t, { 'x/z1': '', 'x/z2': '', 'y/a1': '', 'y/a2': '' });
  const several = [{ folder: join(source, 'x') }, { folder: join(source, 'y'), prefix: 'a' }];
  for (const by of ['walk', 'folders'] as const)
    assert.deepEqual(
      inKeyOrder(await plan({ shards: 2, by }, { source: several })).map(({ from }) => from),
      [null, 'x/z1'],
    );
});

test('the hash of the settings is that of what becomes of files, not of how they are sent', async (t) => {
  const { plan } = await usePlanner(t, { a: '' });
  const hash = async (more: Partial<BackupOptions>) => (await plan({}, more)).settings;
  const same = await hash({});
  assert.equal(await hash({ concurrency: 3, maxAttempts: 9, logger: undefined }), same);
  for (const more of [
    { deleteAfterUpload: true },
    { exclude: ['*.x'] },
    { prefix: 'q' },
    { links: 'store' as const },
  ])
    assert.notEqual(await hash(more), same);
});

test('options that no plan can have are refused before anything is asked', async (t) => {
  const { server, source } = await usePlanner(t, { a: '' });
  const refused = (request: PlanRequest, more: Partial<BackupOptions>, message: RegExp) =>
    assert.rejects(planShards(optionsFor(server, source, more), request), { code: 'BAD_OPTION', message });
  await refused({ shards: 0 }, {}, /^shards is 0; allowed are whole numbers from 1 to 10000/);
  await refused({ shardFiles: 0.5 }, {}, /^shardFiles is 0\.5/);
  await refused({ shards: 2, shardFiles: 2 }, {}, /only one of them is allowed/);
  await refused({}, { keyFolding: 'case' }, /^keyFolding is "case"; in a plan only "none" is allowed/);
  await refused({}, { list: { input: Readable.from([]) } }, /omit the list/);
  await refused({}, { range: { to: 'b' } }, /omit the range/);
  assert.equal(server.requests.length, 0);
});

test('a plan of no file is refused if that is asked for', async (t) => {
  const { plan } = await usePlanner(t, { 'a.tmp': '' });
  const options = { exclude: ['*.tmp'] };
  await assert.rejects(plan({}, { ...options, failIfEmpty: true }), { code: 'NOTHING_FOUND' });
  const { files, ranges } = await plan({}, options);
  assert.deepEqual([files, ranges], [0, [{ from: null, to: null, files: 0, bytes: 0 }]]);
});

test('a plan that is stopped is not stored', async (t) => {
  const { server, source } = await usePlanner(t, { a: '' });
  const options = optionsFor(server, source, { signal: AbortSignal.abort('SIGINT') });
  assert.equal(await planShards(options), undefined);
  assert.deepEqual(await keysIn(useBucketClient(t, server)), []);
});

test('a plan that cannot be stored ends with PLAN_FAILED', async (t) => {
  const { server, source } = await usePlanner(t, { a: '' });
  server.faults.plan({ operation: 'PutObject', do: { kind: 'error', status: 403, code: 'AccessDenied' } });
  await assert.rejects(planShards(optionsFor(server, source)), {
    code: 'PLAN_FAILED',
    message: /AccessDenied|denied/,
  });
});

test('a plan whose store is lost meanwhile ends with what ends every run, and may be tried again', async (t) => {
  const { server, source } = await usePlanner(t, { a: '' });
  const expired = { kind: 'error', status: 400, code: 'ExpiredToken' } as const;
  server.faults.plan({ operation: 'PutObject', times: 9, do: expired });
  const lost = { code: 'EXPIRED_TOKEN', temporary: true };
  await assert.rejects(planShards(optionsFor(server, source)), lost);
});
