import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { keysIn } from '../../../support/bucket.ts';
import { PLANNED_FILES, usePlan } from '../../../support/plan.ts';

/** Every setting that names an output, with a value that all shards would share. */
const SHARED = [
  ['report.output_json', '--output-json', 'r.json'],
  ['report.html', '--html', 'r.html'],
  ['report.md5sums', '--md5sums', 'sums.txt'],
  ['report.events', '--events', 'r.ndjson'],
  ['report.metrics', '--metrics', 'r.prom'],
  ['logging.log_file', '--log-file', 'r.log'],
] as const;

/** Paths of the files that a report says were moved. */
function movedIn(report: string): string[] {
  const { files } = JSON.parse(report) as { files: { path: string; fate: string }[] };
  return files.filter(({ fate }) => fate === 'deleted').map(({ path }) => path);
}

for (const [setting, flag, file] of SHARED)
  test(`a shard refuses ${flag} without %i in its name, and touches nothing`, async (t) => {
    const { server, workplace, run } = await usePlan(t);
    const before = server.requests.length;
    const { code, stderr } = await run(['--shard', '0', flag, file]);
    assert.equal(code, 1);
    const words = stderr.replace(/\s+/g, ' ');
    assert.ok(words.includes(`${setting} (${flag}) is "`), stderr);
    assert.match(words, /; all shards of a plan would write to it\. \[BAD_OPTION\] Put %i into its name/);
    assert.equal(server.requests.length, before);
    assert.deepEqual([workplace.names(), workplace.tree()], [['source'], PLANNED_FILES]);
  });

test('a folder whose name has %i does not make the names of shards differ', async (t) => {
  const { run } = await usePlan(t);
  const { code, stderr } = await run(['--shard', '0', '--output-json', '%i/report.json']);
  assert.equal(code, 1);
  assert.match(stderr.replace(/\s+/g, ' '), /report\.output_json \(--output-json\) is "\S*%i\/report\.json"/);
});

test('in the name of each output %i becomes the index, and no shard takes the outputs of another in the source', async (t) => {
  const { workplace, client, run } = await usePlan(t);
  const outputs = SHARED.flatMap(([, flag, file]) => [flag, `source/f3/${file.replace('.', '-%i.')}`]);
  workplace.write('source/f3/r-all.json', 'the report of what finished the plan');
  for (const shard of ['2', '0', '3', '1']) {
    const { code, stderr } = await run(['--shard', shard, ...outputs]);
    assert.equal(code, 0, stderr);
  }
  const names = [0, 1, 2, 3].flatMap((n) => SHARED.map(([, , file]) => `f3/${file.replace('.', `-${n}.`)}`));
  assert.deepEqual(Object.keys(workplace.tree()).sort(), [...names, 'f3/r-all.json'].sort());
  const moved = [0, 1, 2, 3].flatMap((n) => movedIn(workplace.read(`source/f3/r-${n}.json`)));
  assert.deepEqual(moved.sort(), Object.keys(PLANNED_FILES).sort());
  const stored = (await keysIn(client)).filter((key) => !key.startsWith('p/.s3-backup/'));
  assert.equal(stored.length, 40);
});

test('stdout, a descriptor and /dev/null need no %i', async (t) => {
  const { run } = await usePlan(t);
  const { code, stdout, stderr } = await run([
    ...['--shard', '0', '--output-json', '-', '--log-file', '/dev/null', '--html', '/dev/null'],
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).files.length, 10);
});

test('without a plan %i in a name stands for itself', async (t) => {
  const { workplace, cli } = await usePlan(t);
  const { code, stderr } = await cli(['run', '--output-json', 'r-%i.json']);
  assert.equal(code, 0, stderr);
  assert.ok(existsSync(join(workplace.cwd, 'r-%i.json')));
});

test('`plan` says which configured outputs the shards will refuse', async (t) => {
  const { cli, planned } = await usePlan(t);
  assert.equal(planned.stderr.includes('%i'), false);
  const { code, stderr } = await cli(['plan'], {
    backup_report__html: 'page.html',
    backup_report__output_json: 'report-%i.json',
  });
  assert.equal(code, 0);
  const words = stderr.replace(/\s+/g, ' ');
  assert.match(words, /s3-backup: report\.html \(--html\) is ".*page\.html"; the shards will refuse it/);
  assert.equal(words.includes('report.output_json'), false);
});
