/** What the walk of one shard makes of files that shards of its plan have left claimed. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ShardId } from '../../../src/core/shard.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { hash } from '../../../src/stages/hash.ts';
import { type ScanOptions, scan } from '../../../src/stages/scan.ts';
import { claimFolderOf, DEAD, ELSEWHERE, leaveClaimed } from '../../support/claims.ts';
import { collect, endsOf, found, openOf, through } from '../../support/stages.ts';
import { filesIn, useTree } from '../../support/tree.ts';

const shard = (index: number): ShardId => ({ plan: '20261130T021500Z-1a2b3c4d', index });
/** Two shards that share the folder d. The names of claims sort into the range of the first. */
const FIRST = { shard: shard(0), range: { to: 'd/m' } };
const SECOND = { shard: shard(1), range: { from: 'd/m' } };

async function scanned(source: string, options: Omit<ScanOptions, 'source'>) {
  const restored: string[] = [];
  const onRestored = (path: string) => void restored.push(path);
  const items = await collect<{ path: string }>(scan({ source, recovers: true, onRestored, ...options }));
  return { files: openOf(items).map(({ path }) => path), ends: endsOf(items), restored };
}

test('the next attempt at a shard puts its files back at once, although another machine claimed them', async (t) => {
  const source = useTree(t, { 'd/a': '1', 'd/x': '2' });
  leaveClaimed(join(source, 'd/x'), claimFolderOf(ELSEWHERE, shard(1)));
  assert.deepEqual(await scanned(source, SECOND), { files: ['d/x'], ends: {}, restored: ['d/x'] });
});

test('a shard leaves the files of another shard to it, and says nothing of them', async (t) => {
  const source = useTree(t, { 'd/a': '1', 'd/x': '2', 'd/y': '3' });
  leaveClaimed(join(source, 'd/x'), claimFolderOf(ELSEWHERE, shard(1)));
  leaveClaimed(join(source, 'd/y'), claimFolderOf(DEAD, shard(1)));
  const before = [...filesIn(source).keys()];
  for (const recovers of [true, false])
    assert.deepEqual(await scanned(source, { ...FIRST, recovers }), {
      files: ['d/a'],
      ends: {},
      restored: [],
    });
  assert.deepEqual([...filesIn(source).keys()], before);
});

test('a run on no shard waits for the claims that a shard made elsewhere', async (t) => {
  const source = useTree(t, { 'd/a': '1', 'd/x': '2' });
  const claims = claimFolderOf(ELSEWHERE, shard(1));
  leaveClaimed(join(source, 'd/x'), claims);
  const ends = { [`d/${claims}`]: 'skipped CLAIMED_ELSEWHERE' };
  assert.deepEqual(await scanned(source, {}), { files: ['d/a'], ends, restored: [] });
});

test('a claim that cannot be put back is failed in its own shard, whatever range its name sorts into', async (t) => {
  const source = useTree(t, { 'd/a': '1', 'd/x': 'the old one' });
  const claims = claimFolderOf(ELSEWHERE, shard(1));
  leaveClaimed(join(source, 'd/x'), claims);
  writeFileSync(join(source, 'd/x'), 'the new one');
  const ends = { [`d/${claims}/x`]: 'failed CLAIM_BLOCKED' };
  assert.deepEqual(await scanned(source, SECOND), { files: ['d/x'], ends, restored: [] });
  assert.deepEqual(await scanned(source, FIRST), { files: ['d/a'], ends: {}, restored: [] });
  const skipped = { [`d/${claims}`]: 'skipped OWN_FILE' };
  assert.deepEqual((await scanned(source, { ...SECOND, recovers: false })).ends, skipped);
});

test('a file that goes missing is put back by the shard that claimed it', async (t) => {
  const source = useTree(t, { 'd/x': '2', 'd/y': '3' });
  leaveClaimed(join(source, 'd/x'), claimFolderOf(ELSEWHERE, shard(1)));
  const restored: string[] = [];
  const run = async (index: number) => {
    const stage = hash({ shard: shard(index), onRestored: (path) => restored.push(path) });
    const items = await through<{ content: { close(): void } }>(stage, found(sourceRoot(source), 'd/x'));
    for (const { content } of openOf(items)) content.close();
    return endsOf(items);
  };
  assert.deepEqual([await run(0), restored], [{ 'd/x': 'failed NOT_FOUND' }, []]);
  assert.deepEqual([await run(1), restored], [{}, ['d/x']]);
});
