import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ndjson, useBackedUp } from '../../../support/backed-up.ts';

test('two runs are compared by their manifests, as text and as JSON', async (t) => {
  const env = { backup_backup__compare: 'checksum' };
  const { run, workplace } = await useBackedUp(t, { same: 's', changed: 'old', went: 'w' }, ['--manifest'], {
    env,
  });
  workplace.write('source/changed', 'newer');
  workplace.write('source/came \u202e', 'c');
  rmSync(join(workplace.source, 'went'));
  assert.equal((await run(['--manifest'])).code, 0);
  const runs = ndjson<{ run: string; files: number }>((await run(['runs', '--json'])).stdout);
  assert.deepEqual(
    runs.map(({ files }) => files),
    [3, 3],
  );
  const [older = '', newer = ''] = runs.map((one) => one.run);
  const { code, stdout, stderr } = await run(['diff', older, newer]);
  assert.deepEqual([code, stderr], [0, '']);
  // Runs that began in one second have no order, so what came may have gone.
  const [count, ...others] = stdout.trim().split('\n').reverse();
  assert.equal(count, '1 came, 1 changed, 1 went, 1 the same');
  assert.deepEqual(others.map((line) => line.replace(/^[+~-] +\d+ {2}/, '')).sort(), [
    '"came \\u202e"',
    'changed',
    'went',
  ]);
  const lines = ndjson<{ change: string; path: string; newer: { size: number } | null }>(
    (await run(['diff', older, newer, '--json'])).stdout,
  );
  assert.deepEqual(lines.map(({ path }) => path).sort(), ['came \u202e', 'changed', 'went']);
});

test('a run that is not there, and a name too few, end with a message', async (t) => {
  const { run } = await useBackedUp(t, { a: 'a' }, ['--manifest']);
  const missing = await run(['diff', 'latest', 'none']);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /RUN_NOT_FOUND/);
  for (const [argv, message] of [
    [['diff'], /diff needs OLDER and NEWER/],
    [['diff', 'latest'], /diff needs NEWER/],
    [['diff', 'a', 'b', 'c'], /unexpected word "c"/],
  ] as const) {
    const { code, stderr } = await run(argv);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
});
