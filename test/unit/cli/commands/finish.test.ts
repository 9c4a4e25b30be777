import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { keysIn, useBucketClient } from '../../../support/bucket.ts';
import { runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { useReceiver } from '../../../support/receiver.ts';
import { TEST_BUCKET, useS3Server } from '../../../support/s3-server.ts';

/** 24 files in 6 folders, of which a shard has a part. */
const FILES = Object.fromEntries(Array.from({ length: 24 }, (_, n) => [`f${n % 6}/sub/${n}`, `x${n}`]));
const PATHS = Object.keys(FILES).sort();

/** A move that is divided into five shards. */
async function usePlan(t: TestContext, more: Record<string, string> = {}) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, FILES);
  const env = {
    ...serverEnvironment(server),
    backup_backup__source_directory: 'source',
    backup_backup__delete_after_upload: 'true',
    backup_s3__prefix: 'p',
    ...more,
  };
  const cli = (argv: readonly string[], own: Record<string, string> = {}) =>
    runCli(workplace, argv, { env: { ...env, ...own } });
  const planned = await cli(['plan', '--shards', '5']);
  const id = /^Plan (\S+): 5 shards for 24 files/.exec(planned.stdout)?.[1] ?? '';
  const shard = async (index: number) => {
    const { code, stderr } = await cli(['run', '--plan', id, '--shard', String(index)]);
    assert.equal(code, 0, stderr);
  };
  const all = async () => {
    for (const index of [0, 1, 2, 3, 4]) await shard(index);
  };
  const finish = (argv: readonly string[] = [], own: Record<string, string> = {}) =>
    cli(['finish', '--plan', id, ...argv], own);
  return { server, client: useBucketClient(t, server), workplace, cli, id, shard, all, finish };
}

test('a finished plan is one run for runs, verify, restore and status, and no shard is one', async (t) => {
  const { client, workplace, cli, id, shard, all, finish } = await usePlan(t);
  await shard(2);
  // The first attempt of this shard was killed before it stored its manifest.
  for (const Key of (await keysIn(client)).filter((key) => /00002\/runs\/[^/]+$/.test(key)))
    await client.send(new DeleteObjectCommand({ Bucket: TEST_BUCKET, Key }));
  await all();
  assert.equal((await cli(['runs'])).stdout.includes(id), false);
  const finished = await finish();
  assert.deepEqual([finished.code, finished.stderr], [0, '']);
  assert.match(finished.stdout, /^24 of 24 files verified in s3:\/\/test-bucket\/p\/ in [\d.]+ s\n/);
  assert.match(
    finished.stdout,
    / 24 .* proved and deleted here\n.* manifest s3:\/\/test-bucket\/p\/\.s3-backup\/runs\//s,
  );
  const runs = (await cli(['runs', '--json'])).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    runs.map(({ run, files, failed, unfinished }) => [run, files, failed, unfinished]),
    [[id, 24, 0, false]],
  );
  const verified = await cli(['verify', '--run', 'latest']);
  assert.deepEqual([verified.code, /24 of 24 files/.test(verified.stdout)], [0, true], verified.stdout);
  const restored = await cli(['restore', '--to', 'back', '--run', id]);
  assert.equal(restored.code, 0, restored.stderr);
  for (const path of PATHS)
    assert.equal(readFileSync(join(workplace.cwd, 'back', path), 'utf8'), FILES[path]);
  const status = await cli(['status', '--max-age', '1h']);
  assert.equal(status.code, 0, status.stdout);
});

test('missing shards are alone on stdout, as job arrays take them, and nothing else is written', async (t) => {
  const { client, workplace, id, shard, finish } = await usePlan(t);
  await shard(1);
  const before = [await keysIn(client), workplace.names()];
  const { code, stdout, stderr } = await finish();
  assert.deepEqual([code, stdout], [75, '0,2-4\n']);
  assert.match(
    stderr,
    new RegExp(`^s3-backup: Of the 5 shards of plan ${id}, 4 have not ended: 0,2-4 \\[SHARDS_MISSING\\]\n`),
  );
  assert.equal((await finish(['--quiet'])).stdout, '0,2-4\n');
  assert.deepEqual([await keysIn(client), workplace.names()], before);
  const report = await finish(['--output-json', '-']);
  assert.equal(JSON.parse(report.stdout).error.code, 'SHARDS_MISSING');
});

test('report, page, events, MD5s and metrics are those of the whole backup', async (t) => {
  const { workplace, cli, all, finish } = await usePlan(t);
  await all();
  const outputs = [
    '--output-json',
    'report.json',
    '--events',
    'events.ndjson',
    '--md5sums',
    'sums',
    '--metrics',
    'm.prom',
  ];
  const { code, stderr } = await finish([...outputs, '--html', 'page.html']);
  assert.deepEqual([code, stderr], [0, '']);
  const text = workplace.read('report.json');
  const { files, deleted_files, manifest } = JSON.parse(text);
  assert.deepEqual([files.map(({ path }: { path: string }) => path).sort(), deleted_files], [PATHS, 24]);
  assert.match(manifest, /^p\/\.s3-backup\/runs\//);
  await cli(['report', 'events.ndjson', '--output-json', 'again.json']);
  assert.equal(workplace.read('again.json'), text);
  const sum = createHash('md5').update('x7').digest('hex');
  assert.ok(workplace.read('sums').includes(`${sum}  f1/sub/7\n`));
  assert.equal(workplace.read('sums').split('\n').length, 25);
  assert.match(workplace.read('m.prom'), /s3_backup_info\{command="finish",/);
  assert.match(workplace.read('m.prom'), /s3_backup_last_run_files\{fate="deleted",backup="m"\} 24\n/);
  assert.match(workplace.read('page.html'), /^<!doctype html>/i);
});

test('one configuration serves the shards and the finish, whose files have all in their names', async (t) => {
  const { workplace, all, finish } = await usePlan(t, { backup_report__output_json: 'report-%i.json' });
  await all();
  assert.equal((await finish()).code, 0);
  const counts = ['0', '1', '2', '3', '4', 'all'].map(
    (name) => JSON.parse(workplace.read(`report-${name}.json`)).deleted_files,
  );
  assert.equal(counts.pop(), 24);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    24,
  );
});

test('a file that failed makes exit code 2, and is named with its reason', async (t) => {
  const { server, workplace, id, cli, finish } = await usePlan(t);
  server.faults.plan({
    operation: 'PutObject',
    key: 'p/f1/sub/7',
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  for (const index of [0, 1, 2, 3, 4]) await cli(['run', '--plan', id, '--shard', String(index)]);
  const { code, stdout, stderr } = await finish(['--output-json', 'report.json']);
  assert.equal(code, 2);
  assert.match(stdout, /1 .* failed and not deleted \(UPLOAD_FAILED 1\)/);
  assert.match(stderr, /file failed: f1\/sub\/7.*AccessDenied/);
  const { upload_errors } = JSON.parse(workplace.read('report.json'));
  assert.match(upload_errors[0][1], /^UPLOAD_FAILED: .*AccessDenied/);
  assert.equal((await cli(['status', '--max-age', '1h'])).code, 2);
});

test('messages tell of the whole plan, not of its shards, and hooks stay with the shards', async (t) => {
  const receiver = await useReceiver(t);
  const news = {
    backup_notify__ping_url: `${receiver.url}/job`,
    backup_notify__webhooks: `${receiver.url}/hook`,
    backup_notify__on: 'always',
    backup_hooks__before: '["touch", "hook"]',
  };
  const { workplace, all, finish } = await usePlan(t, news);
  await all();
  assert.deepEqual([receiver.received.length, existsSync(join(workplace.cwd, 'hook'))], [0, true]);
  rmSync(join(workplace.cwd, 'hook'));
  const { code, stderr } = await finish();
  assert.deepEqual([code, stderr, existsSync(join(workplace.cwd, 'hook'))], [0, '', false]);
  const paths = receiver.received.map(({ path }) => path.replace(/rid=.*/, ''));
  assert.deepEqual(paths.sort(), ['/hook', '/job/start?', '/job?']);
  const end = receiver.received.find(({ path }) => path.startsWith('/job?'));
  assert.match(end?.body ?? '', /^24 of 24 files verified/);
});

test('a plan that is no plan, and settings of another one, are refused', async (t) => {
  const { cli, finish } = await usePlan(t);
  const unnamed = await cli(['finish']);
  assert.deepEqual(
    [unnamed.code, unnamed.stderr],
    [1, 's3-backup: finish needs --plan, with the id of a plan. [BAD_OPTION]\n'],
  );
  const odd = await cli(['finish', '--plan', 'latest']);
  assert.match(odd.stderr, /--plan is "latest"; allowed is the id of a plan\. \[BAD_OPTION\]/);
  const other = await finish(['--exclude', '*.tmp']);
  assert.match(other.stderr, /\[PLAN_MISMATCH\]/);
});

test('every flag of a plan that is a setting is one of its shards and of its finish, too', async (t) => {
  const { cli } = await usePlan(t);
  const flagsOf = async (command: string) => {
    const { stdout } = await cli([command, '--help']);
    return new Set(stdout.match(/(?<=\s)--[a-z][a-z0-9-]+/g));
  };
  const [plan, run, finish] = [await flagsOf('plan'), await flagsOf('run'), await flagsOf('finish')];
  const own = ['--shards', '--shard-files', '--by', '--print'];
  for (const flag of plan)
    assert.ok(own.includes(flag) || (run.has(flag) && finish.has(flag)), `${flag} is one of plan alone`);
  assert.ok(plan.size > 25);
});
