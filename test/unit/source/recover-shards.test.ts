import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ownMaker } from '../../../src/source/claim-maker.ts';
import { processState } from '../../../src/source/process-state.ts';
import { recoverShards } from '../../../src/source/recover-shards.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { claimBeside, claimFolderOf, DEAD, ELSEWHERE, leaveClaimed } from '../../support/claims.ts';
import { filesIn, namesIn, useTree } from '../../support/tree.ts';

const PLAN = '20261130T021500Z-1a2b3c4d';
const shard = (index: number, plan = PLAN) => ({ plan, index });
const NOTHING = { restored: [], blocked: [], waiting: [], gone: [] };

test('the claims of all shards of a plan are put back, whatever machine made them, and no others', async (t) => {
  const source = useTree(t, { 'd/a': '1', 'd/b': '2', 'd/c': '3', 'd/e': '4', 'd/f': '5' });
  leaveClaimed(join(source, 'd/a'), claimFolderOf(ELSEWHERE, shard(3)));
  leaveClaimed(join(source, 'd/b'), claimFolderOf(DEAD, shard(3)));
  leaveClaimed(join(source, 'd/c'), claimFolderOf(DEAD, shard(7)));
  const others = [claimFolderOf(DEAD), claimFolderOf(DEAD, shard(3, '20261130T021500Z-ffffffff'))];
  leaveClaimed(join(source, 'd/e'), others[0]);
  leaveClaimed(join(source, 'd/f'), others[1]);
  const recoveries = await recoverShards(sourceRoot(source), 'd', PLAN);
  const restored = [...recoveries].map(([index, { restored }]) => [index, [...restored].sort()]);
  assert.deepEqual(restored.sort(), [
    [3, ['a', 'b']],
    [7, ['c']],
  ]);
  const left = [`d/${others[0]}/e`, `d/${others[1]}/f`, 'd/a', 'd/b', 'd/c'];
  assert.deepEqual([...filesIn(source).keys()].sort(), left.sort());
});

test('a claim that cannot be put back is blocked, with its path in the folder', async (t) => {
  const source = useTree(t, { a: 'the old one' });
  const folder = claimFolderOf(ELSEWHERE, shard(0));
  leaveClaimed(join(source, 'a'), folder);
  writeFileSync(join(source, 'a'), 'the new one');
  const recoveries = await recoverShards(sourceRoot(source), '', PLAN);
  const blocked = [{ path: `${folder}/a`, reason: 'another file has taken its name' }];
  assert.deepEqual([...recoveries], [[0, { ...NOTHING, blocked }]]);
});

test('claims of a shard that is not free wait, and each shard is asked for once', async (t) => {
  const source = useTree(t, { a: '1', b: '2', c: '3' });
  const [held, free] = [claimFolderOf(ELSEWHERE, shard(1)), claimFolderOf(ELSEWHERE, shard(2))];
  const beside = claimBeside(ELSEWHERE, 'c', shard(1));
  leaveClaimed(join(source, 'a'), held);
  leaveClaimed(join(source, 'b'), free);
  writeFileSync(join(source, beside), '3');
  rmSync(join(source, 'c'));
  const asked: number[] = [];
  const recoveries = await recoverShards(sourceRoot(source), '', PLAN, async (index) => {
    asked.push(index);
    return index === 2;
  });
  assert.deepEqual(asked.sort(), [1, 2]);
  assert.deepEqual([...(recoveries.get(1)?.waiting ?? [])].sort(), [held, beside].sort());
  assert.deepEqual(recoveries.get(2), { ...NOTHING, restored: ['b'] });
  assert.deepEqual(namesIn(source), [held, `${held}/a`, beside, 'b'].sort());
});

test('a claim whose maker lives on this machine waits, although the shard is free', async (t) => {
  const source = useTree(t, { a: '1', b: '2' });
  const live = claimFolderOf(ownMaker(), shard(1));
  processState.liveClaims.add(live);
  t.after(() => processState.liveClaims.delete(live));
  leaveClaimed(join(source, 'a'), live);
  leaveClaimed(join(source, 'b'), claimFolderOf(DEAD, shard(1)));
  const recoveries = await recoverShards(sourceRoot(source), '', PLAN);
  assert.deepEqual([...recoveries], [[1, { ...NOTHING, restored: ['b'], waiting: [live] }]]);
  assert.deepEqual([...filesIn(source).keys()].sort(), [`${live}/a`, 'b']);
});

test('a folder without claims of the plan has no shards, and one that is gone is an error', async (t) => {
  const source = useTree(t, { 'd/a': '1' });
  assert.deepEqual([...(await recoverShards(sourceRoot(source), 'd', PLAN))], []);
  await assert.rejects(recoverShards(sourceRoot(source), 'gone', PLAN), { code: 'NOT_FOUND' });
});
