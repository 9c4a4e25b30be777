import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PLANNED_FILES, usePlan } from '../../../support/plan.ts';

const SHARDS = ['0', '1', '2', '3'];

/** A plan of a copy whose files are all in the bucket. */
async function useCopied(t: TestContext) {
  const place = await usePlan(t, { backup_backup__delete_after_upload: 'false' });
  const { code, stderr } = await place.cli(['run', '--manifest', '--output-json', 'report.json']);
  assert.equal(code, 0, stderr);
  const verify = (argv: readonly string[], env?: Record<string, string>) =>
    place.cli(['verify', '--plan', place.id, ...argv], env);
  return { ...place, verify };
}

type Verify = Awaited<ReturnType<typeof useCopied>>['verify'];

/** The results of all shards: `f0/sub/0 same`, sorted. Each shard has to end with this exit code. */
async function resultsOf(verify: Verify, argv: readonly string[], codes = [0, 0, 0, 0]): Promise<string[]> {
  const results: string[] = [];
  const ended: number[] = [];
  for (const shard of SHARDS) {
    const { code, stdout } = await verify(['--shard', shard, '--json', '--quiet', ...argv]);
    ended.push(code);
    const entries = stdout.split('\n').slice(0, -1);
    results.push(...entries.map((line) => `${JSON.parse(line).path} ${JSON.parse(line).result}`));
  }
  assert.deepEqual(ended, codes);
  return results.sort();
}

const ALL_SAME = Object.keys(PLANNED_FILES)
  .map((path) => `${path} same`)
  .sort();

test('the verifications of all shards together verify every file, and none twice', async (t) => {
  const { verify } = await useCopied(t);
  assert.deepEqual(await resultsOf(verify, []), ALL_SAME);
});

test('a difference and an object without a file are found by the shard that has the key', async (t) => {
  const { workplace, verify } = await useCopied(t);
  workplace.write('source/f0/sub/0', 'another');
  rmSync(join(workplace.source, 'f7/sub/7'));
  const expected = ALL_SAME.map((line) =>
    line.replace('f0/sub/0 same', 'f0/sub/0 differs').replace('f7/sub/7 same', 'f7/sub/7 missing-here'),
  );
  assert.deepEqual(await resultsOf(verify, ['--strict'], [2, 0, 0, 2]), expected);
});

for (const argv of [
  ['--run', 'latest'],
  ['--against', 'report.json'],
])
  test(`of the record of ${argv.join(' ')} each shard verifies the files whose keys it has`, async (t) => {
    const { workplace, verify } = await useCopied(t);
    rmSync(workplace.source, { recursive: true });
    assert.deepEqual(await resultsOf(verify, argv), ALL_SAME);
  });

test('a pattern that matches nothing in a shard is no failure', async (t) => {
  const { verify } = await useCopied(t);
  assert.deepEqual(await resultsOf(verify, ['/f0/sub/0']), ['f0/sub/0 same']);
  assert.deepEqual(await resultsOf(verify, ['/f0/sub/0', '--run', 'latest']), ['f0/sub/0 same']);
});

test('local files must be those of the plan; what selects them may have changed', async (t) => {
  const { verify } = await useCopied(t);
  const { code, stderr } = await verify(['--shard', '0', '--source', 'source/f0']);
  assert.equal(code, 1);
  assert.match(stderr, /its source is ".*source", and here it is ".*f0"\. \[PLAN_MISMATCH\]/);
  assert.equal((await verify(['--shard', '0', '--exclude', '*.tmp'])).code, 0);
  const { stderr: elsewhere } = await verify(['--shard', '0', '--run', 'latest', '--prefix', 'q']);
  assert.match(elsewhere, /There is no plan .*\[PLAN_NOT_FOUND\]/);
});

test('the page of a shard needs %i in its name', async (t) => {
  const { workplace, verify } = await useCopied(t);
  const { code, stderr } = await verify(['--shard', '0', '--html', 'page.html']);
  assert.equal(code, 1);
  assert.match(stderr.replace(/\s+/g, ' '), /all shards of a plan would write to it\. \[BAD_OPTION\]/);
  // A verification makes no page if only the setting names one.
  assert.equal((await verify(['--shard', '0'], { backup_report__html: 'page.html' })).code, 0);
  assert.equal((await verify(['--shard', '1', '--html', 'page-%i.html'])).code, 0);
  assert.deepEqual(workplace.names(), ['page-1.html', 'report.json', 'source']);
});

test('--shard and --parallel need --plan', async (t) => {
  const { cli } = await useCopied(t);
  for (const flag of ['--shard', '--parallel']) {
    const { code, stderr } = await cli(['verify', flag, '1']);
    assert.deepEqual([code, stderr], [1, `s3-backup: ${flag} needs --plan. [BAD_OPTION]\n`]);
  }
});

test('a shard whose endpoint is away ends with 75, so that its engine tries again', async (t) => {
  const { verify } = await useCopied(t);
  // Nobody listens there.
  const { code, stderr } = await verify(['--shard', '0'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
  assert.equal(code, 75);
  assert.match(stderr, /\[ENDPOINT_UNREACHABLE\]/);
});
