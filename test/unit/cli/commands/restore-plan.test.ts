import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { treeOf } from '../../../support/cli-context.ts';
import { PLANNED_FILES, usePlan } from '../../../support/plan.ts';

/** A plan whose files are all in the bucket. */
async function useStored(...given: Parameters<typeof usePlan>) {
  const place = await usePlan(...given);
  const { code, stderr } = await place.cli(['run', '--manifest']);
  assert.equal(code, 0, stderr);
  const restore = (argv: readonly string[], env?: Record<string, string>) =>
    place.cli(['restore', '--to', 'back', '--plan', place.id, ...argv], env);
  return { ...place, restore, back: join(place.workplace.cwd, 'back') };
}

/** Paths of the files that a report says were restored. */
function restoredIn(report: string): string[] {
  const { files } = JSON.parse(report) as { files: { path: string; fate: string }[] };
  return files.filter(({ fate }) => fate === 'restored').map(({ path }) => path);
}

test('restores of all shards bring every file back into one folder, and none twice; two of them at the same time', async (t) => {
  const { workplace, restore, back } = await useStored(t);
  const report = ['--output-json', 'back-%i.json'];
  const results = [
    ...(await Promise.all([
      restore(['--shard', '0', ...report]),
      restore(report, { SLURM_ARRAY_TASK_ID: '1' }),
    ])),
    await restore(report, { JOB_COMPLETION_INDEX: '2' }),
    await restore(report, { PARALLEL_SEQ: '4' }),
  ];
  for (const { code, stderr } of results) assert.equal(code, 0, stderr);
  const paths = [0, 1, 2, 3].map((n) => restoredIn(workplace.read(`back-${n}.json`)));
  assert.deepEqual(
    paths.map(({ length }) => length),
    [10, 10, 10, 10],
  );
  assert.deepEqual(paths.flat().sort(), Object.keys(PLANNED_FILES).sort());
  assert.deepEqual(treeOf(back), PLANNED_FILES);
});

test('a shard lists its own objects only', async (t) => {
  const { server, restore } = await useStored(t);
  const begins = [];
  for (const shard of ['0', '1', '2', '3']) {
    server.requests.clear();
    assert.equal((await restore(['--shard', shard, '--quiet'])).code, 0);
    const listings = server.requests.of('ListObjectsV2');
    begins.push(...listings.map(({ query }) => query['start-after']?.slice(0, 4)));
  }
  // Neither the access checks nor the first range begin anywhere. Shard 1 begins at half of the keys, shard 2 at a quarter.
  assert.deepEqual(
    begins.filter((begin) => begin !== undefined),
    ['p/f4', 'p/f2', 'p/f6'],
  );
});

test('the record of one run is restored in shards, too', async (t) => {
  const { restore, back } = await useStored(t);
  const counts = [];
  for (const shard of ['0', '1', '2', '3']) {
    const { code, stderr } = await restore(['--shard', shard, '--run', 'latest']);
    assert.equal(code, 0, stderr);
    counts.push(Object.keys(treeOf(back)).length);
  }
  assert.deepEqual(counts, [10, 20, 30, 40]);
  assert.deepEqual(treeOf(back), PLANNED_FILES);
});

test('a restore needs bucket and prefix of the plan, but neither its source nor its settings', async (t) => {
  const { workplace, restore, back } = await useStored(t);
  rmSync(workplace.source, { recursive: true });
  const other = { backup_backup__source_directory: 'gone', backup_backup__exclude_patterns: '*.tmp' };
  const { code, stderr } = await restore(['--shard', '0'], other);
  assert.equal(code, 0, stderr);
  assert.equal(Object.keys(treeOf(back)).length, 10);
  const { stderr: elsewhere } = await restore(['--shard', '0', '--prefix', 'q']);
  assert.match(elsewhere, /There is no plan .*\[PLAN_NOT_FOUND\]/);
  const { stderr: unknown } = await restore(['--shard', '4']);
  assert.match(unknown, /--shard is 4; plan \S+ has shards from 0 to 3\. \[BAD_OPTION\]/);
});

test('a shard of which no object matches the pattern has succeeded', async (t) => {
  const { restore } = await useStored(t);
  const codes = [];
  for (const shard of ['0', '1', '2', '3']) codes.push((await restore(['/f0/sub/0', '--shard', shard])).code);
  assert.deepEqual(codes, [0, 0, 0, 0]);
});

test('a restore of a shard refuses the outputs that all shards would share, but not those that no restore writes', async (t) => {
  const { server, workplace, restore } = await useStored(t, { backup_report__metrics: 'x.prom' });
  server.requests.clear();
  for (const flag of ['--output-json', '--html', '--events', '--log-file']) {
    const { code, stderr } = await restore(['--shard', '0', flag, 'file']);
    assert.equal(code, 1);
    assert.match(stderr.replace(/\s+/g, ' '), /all shards of a plan would write to it\. \[BAD_OPTION\]/);
  }
  assert.equal(server.requests.length, 0);
  assert.equal((await restore(['--shard', '0'])).code, 0);
  assert.deepEqual(workplace.names(), ['back', 'source', 'x.prom']);
});

test('an object with the name of any shard’s report is not restored over it', async (t) => {
  const { workplace, cli, restore, back } = await useStored(t);
  workplace.write('source/f0/report-3.json', 'a file of the backup');
  assert.equal((await cli(['run'])).code, 0);
  mkdirSync(join(back, 'f0'), { recursive: true });
  const { code, stdout } = await restore(['--shard', '0', '--output-json', 'back/f0/report-%i.json']);
  assert.equal(code, 2);
  assert.match(stdout, /PATH_CONFLICT/);
  assert.equal('f0/report-3.json' in treeOf(back), false);
});

test('restores at the same time share the bandwidth limit', async (t) => {
  const { workplace, restore } = await useStored(t);
  const limits = ['--bwlimit', '8M', '--parallel', '4', '--log-file', 'log-%i'];
  assert.equal((await restore(['--shard', '1', ...limits])).code, 0);
  const log = workplace.read('log-1');
  assert.match(log, /bandwidth limit: 2MiB per second, a share of 8MiB for 4 runs/);
  assert.match(log, /shard of a plan/);
});

test('a shard whose endpoint is away ends with 75, so that its engine tries again', async (t) => {
  const { restore } = await useStored(t);
  // Nobody listens there.
  const { code, stderr } = await restore(['--shard', '0'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
  assert.equal(code, 75);
  assert.match(stderr, /\[ENDPOINT_UNREACHABLE\]/);
});
