import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { bytesOf, keysIn } from '../../../support/bucket.ts';
import { PLANNED_FILES as FILES, usePlan } from '../../../support/plan.ts';
import { TEST_BUCKET } from '../../../support/s3-server.ts';

test('four shards of a plan, two of them at the same time, move each file once and leave no folder', async (t) => {
  const { workplace, client, run } = await usePlan(t);
  const report = ['--output-json', 'report-%i.json'];
  const results = [
    ...(await Promise.all([run(['--shard', '0', ...report]), run(report, { SLURM_ARRAY_TASK_ID: '1' })])),
    await run(report, { JOB_COMPLETION_INDEX: '2' }),
    await run(report, { PARALLEL_SEQ: '4' }),
  ];
  for (const { code, stderr } of results) assert.equal(code, 0, stderr);
  const moved = [0, 1, 2, 3].map((n) => JSON.parse(workplace.read(`report-${n}.json`)).files);
  assert.ok(moved.every((files) => files.length === 10));
  const fates = moved.flat().map(({ path, fate }) => [path, fate]);
  assert.deepEqual(
    fates.sort(),
    Object.keys(FILES)
      .map((path) => [path, 'deleted'])
      .sort(),
  );
  const stored = (await keysIn(client)).filter((key) => !key.startsWith('p/.s3-backup/'));
  assert.deepEqual(
    stored.sort(),
    Object.keys(FILES)
      .map((path) => `p/${path}`)
      .sort(),
  );
  assert.equal(String(await bytesOf(client, 'p/f3/sub/3')), 'x3');
  assert.deepEqual(readdirSync(workplace.source), []);
});

test('a shard that runs again finds nothing, which is no failure', async (t) => {
  const { run } = await usePlan(t, { backup_safety__fail_if_empty: 'true' });
  for (const _ of [1, 2]) assert.equal((await run(['--shard', '3'])).code, 0);
});

test('a shard that the plan does not have is refused, and nothing is sent', async (t) => {
  const { server, workplace, id, run } = await usePlan(t);
  const before = server.requests.filter(({ method }) => method === 'PUT').length;
  const given = await run(['--shard', '4']);
  assert.deepEqual(
    [given.code, given.stderr],
    [1, `s3-backup: --shard is 4; plan ${id} has shards from 0 to 3. [BAD_OPTION]\n`],
  );
  const ofEngine = await run([], { SLURM_ARRAY_TASK_ID: '7' });
  assert.match(ofEngine.stderr, /SLURM_ARRAY_TASK_ID is 7; plan \S+ has shards from 0 to 3\./);
  assert.equal(server.requests.filter(({ method }) => method === 'PUT').length, before);
  assert.deepEqual(workplace.tree(), FILES);
});

test('a plan that is not there is named, and nothing is moved', async (t) => {
  const { workplace, run } = await usePlan(t);
  const { code, stderr } = await run(['--shard', '0', '--prefix', 'q']);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /There is no plan s3:\/\/test-bucket\/q\/\.s3-backup\/plans\/\S+\/plan\.json\. \[PLAN_NOT_FOUND\]/,
  );
  assert.deepEqual(workplace.tree(), FILES);
});

test('a run whose settings or source are not those of the plan is refused, and moves nothing', async (t) => {
  const { workplace, run } = await usePlan(t);
  const changed = await run(['--shard', '0', '--exclude', '*.tmp']);
  assert.equal(changed.code, 1);
  assert.match(changed.stderr, /settings that decide .* have changed since it was made\. \[PLAN_MISMATCH\]/);
  const elsewhere = await run(['--shard', '0', '--source', 'source/f0']);
  assert.match(elsewhere.stderr, /its source is ".*source", and here it is ".*f0"\. \[PLAN_MISMATCH\]/);
  assert.deepEqual(workplace.tree(), FILES);
});

for (const [what, text, message] of [
  ['of another version', '{"s3_backup_plan":2}', 'its version is 2; this program reads version 1'],
  ['that breaks off', '{"s3_backup_plan":1,', 'it is no JSON object'],
  ['that lacks a field', '{"s3_backup_plan":1}', 'its id is missing, not a string'],
] as const) {
  test(`a plan ${what} is refused`, async (t) => {
    const { workplace, client, run, planKey } = await usePlan(t);
    await client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key: planKey, Body: text }));
    const { code, stderr } = await run(['--shard', '0']);
    assert.equal(code, 1);
    assert.ok(stderr.includes(`cannot be used: ${message}. [PLAN_UNREADABLE]`), stderr);
    assert.deepEqual(workplace.tree(), FILES);
  });
}

test('a shard cannot have a list, nor fold its keys', async (t) => {
  const { workplace, run } = await usePlan(t);
  const listed = await run(['--shard', '0', '--files-from', '-']);
  assert.match(listed.stderr, /--plan and --files-from exclude each other; use one of them\. \[BAD_OPTION\]/);
  const folded = await run(['--shard', '0'], { backup_safety__key_folding: 'case' });
  assert.match(folded.stderr, /keyFolding is "case"; with a range only "none" is allowed\. \[BAD_OPTION\]/);
  assert.deepEqual(workplace.tree(), FILES);
});

test('shards at the same time share the bandwidth limit, and a plan with one passes their number on', async (t) => {
  const { workplace, cli, run } = await usePlan(t, { backup_transfer__bwlimit: '8M' });
  const { code, stderr } = await run(['--shard', '0', '--parallel', '4', '--log-file', 'log-%i']);
  assert.equal(code, 0, stderr);
  assert.match(workplace.read('log-0'), /bandwidth limit: 2MiB per second, a share of 8MiB for 4 runs/);
  const { stdout } = await cli(['plan', '--print', 'parallel']);
  assert.match(stdout, /--shard "\$1" --parallel "\$at_a_time"$/m);
  const unlimited = await cli(['plan', '--print', 'parallel'], { backup_transfer__bwlimit: 'off' });
  assert.doesNotMatch(unlimited.stdout, /--parallel/);
});
