import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { type TestContext, test } from 'node:test';
import { ownMaker } from '../../../src/source/claim-maker.ts';
import type { ClaimMaker } from '../../../src/source/claim-name.ts';
import { type ClaimRule, claimRule, isClaimOf, isLiveClaim } from '../../../src/source/claim-rule.ts';
import { processState } from '../../../src/source/process-state.ts';
import { claimBeside, claimFolderOf, DEAD, ELSEWHERE } from '../../support/claims.ts';

const LINUX = { skip: process.platform === 'linux' ? false : 'looks into /proc' };
const PLAN = '20261130T021500Z-1a2b3c4d';
const OTHER_PLAN = '20261130T021500Z-ffffffff';
const SHARD = { plan: PLAN, index: 3 };

/** Whose claim a run meets: `own` is of the run's shard, `neighbour` of another one of its plan. */
const CLAIMS = {
  own: SHARD,
  neighbour: { plan: PLAN, index: 4 },
  'of another plan': { plan: OTHER_PLAN, index: 3 },
  'of no shard': undefined,
} as const;

const RULES: readonly (readonly [
  keyof typeof CLAIMS,
  typeof SHARD | undefined,
  'dead' | 'elsewhere',
  ClaimRule,
])[] = [
  ['own', SHARD, 'dead', 'put back'],
  ['own', SHARD, 'elsewhere', 'put back'],
  ['neighbour', SHARD, 'dead', 'leave'],
  ['neighbour', SHARD, 'elsewhere', 'leave'],
  ['of another plan', SHARD, 'dead', 'put back'],
  ['of another plan', SHARD, 'elsewhere', 'put back when old'],
  ['of no shard', SHARD, 'dead', 'put back'],
  ['of no shard', SHARD, 'elsewhere', 'put back when old'],
  ['of another plan', undefined, 'dead', 'put back'],
  ['of another plan', undefined, 'elsewhere', 'put back when old'],
  ['of no shard', undefined, 'dead', 'put back'],
  ['of no shard', undefined, 'elsewhere', 'put back when old'],
];

for (const [claim, shard, maker, rule] of RULES)
  test(`a claim ${claim}, whose maker is ${maker}: ${shard ? 'a shard' : 'a run on no shard'} does this: ${rule}`, () => {
    const made = maker === 'dead' ? DEAD : ELSEWHERE;
    const folder = claimFolderOf(made, CLAIMS[claim]);
    const beside = claimBeside(made, 'file', CLAIMS[claim]);
    assert.deepEqual([claimRule(folder, shard), claimRule(beside, shard)], [rule, rule]);
  });

/** A process that lives until the end of the test. */
async function useMaker(t: TestContext): Promise<ClaimMaker> {
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
  const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return { ...DEAD, pid: child.pid ?? 0, start };
}

test(
  'a claim whose maker is at work on this machine is left, even by the next attempt at its shard',
  LINUX,
  async (t) => {
    const maker = await useMaker(t);
    for (const claimed of Object.values(CLAIMS)) {
      const name = claimFolderOf(maker, claimed);
      assert.deepEqual([claimRule(name, SHARD), claimRule(name, undefined)], ['leave', 'leave']);
      assert.equal(isLiveClaim(name), true);
    }
  },
);

test('a claim of this process is left as long as one of its runs is at work on it', (t) => {
  const name = claimFolderOf(ownMaker(), SHARD);
  processState.liveClaims.add(name);
  t.after(() => processState.liveClaims.delete(name));
  assert.deepEqual([claimRule(name, SHARD), isLiveClaim(name)], ['leave', true]);
  processState.liveClaims.delete(name);
  assert.deepEqual([claimRule(name, SHARD), isLiveClaim(name)], ['put back', false]);
});

test('where processes cannot be told apart, the same shard waits as well', LINUX, async (t) => {
  const maker = await useMaker(t);
  // As on a system that does not say when a process began.
  t.mock.method(fs, 'readFileSync', () => {
    throw new Error('there is no /proc');
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const rules = Object.values(CLAIMS).map((claimed) => claimRule(claimFolderOf(maker, claimed), SHARD));
  assert.deepEqual(rules, ['put back when old', 'leave', 'put back when old', 'put back when old']);
});

test('a name of an unknown form is put back when old, and one that is no claim is left', () => {
  assert.equal(claimRule('.s3-backup-claim-x', SHARD), 'put back when old');
  assert.equal(claimRule('.s3-backup-claim-x', undefined), 'put back when old');
  assert.equal(claimRule('file', SHARD), 'leave');
});

test('a path leads to a claim of a shard if one of its names is one', () => {
  const folder = claimFolderOf(DEAD, SHARD);
  assert.deepEqual(
    [folder, `d/${folder}`, `d/${folder}/file`, claimBeside(DEAD, 'file', SHARD)].map((path) =>
      isClaimOf(SHARD, path),
    ),
    [true, true, true, true],
  );
  assert.deepEqual(
    [
      'd/file',
      claimFolderOf(DEAD),
      claimFolderOf(DEAD, CLAIMS.neighbour),
      claimFolderOf(DEAD, CLAIMS['of another plan']),
    ].map((path) => isClaimOf(SHARD, path)),
    [false, false, false, false],
  );
  assert.equal(isClaimOf(undefined, claimFolderOf(DEAD)), false);
});
