import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManifestEntry } from '../../../src/index.ts';
import { entriesOfShard } from '../../../src/plans/shard-entries.ts';
import { entry } from '../report/entries.ts';

type Entries = readonly ManifestEntry[];

/** @param runs The latest first: whether a later run has come to its end, and what it recorded. */
async function merged(...runs: readonly (readonly [isSuperseded: boolean, entries: Entries])[]) {
  const records = runs.map(([isSuperseded, entries]) => ({
    isSuperseded,
    entries: (async function* () {
      yield* entries;
    })(),
  }));
  const found: string[] = [];
  for await (const { path, etag, fate } of entriesOfShard(records)) found.push(`${path} ${etag} ${fate}`);
  return found;
}

const deleted = (path: string, etag: string) => entry(path, 'deleted', { etag });
/** Stored and proved, but still here. */
const stays = (path: string, etag: string) =>
  entry(path, 'failed', { etag, proof: 'etag-md5', code: 'DELETE_FAILED' });

test('the latest record of an object counts', async () => {
  assert.deepEqual(
    await merged(
      [false, [deleted('again', '2'), stays('stays', '1')]],
      [true, [deleted('again', '1'), deleted('stays', '1'), deleted('moved', '1')]],
      [true, [deleted('moved', '0'), deleted('first', '1')]],
    ),
    ['again 2 deleted', 'stays 1 failed', 'moved 1 deleted', 'first 1 deleted'],
  );
});

test('what failed counts only if no later run has come to its end', async () => {
  assert.deepEqual(
    await merged(
      [false, [entry('late', 'failed')]],
      [false, [entry('b', 'failed'), deleted('a', '1')]],
      [true, [entry('a', 'failed'), entry('gone', 'failed'), stays('removed', '1')]],
    ),
    ['late null failed', 'b null failed', 'a 1 deleted'],
  );
});

test('an object that was stored before its file failed is not lost, nor one below a failure that does not count', async () => {
  assert.deepEqual(
    await merged(
      [false, [entry('log', 'failed', { code: 'OBJECT_EXISTS' })]],
      [true, [stays('b', '1')]],
      [true, [deleted('log', '1'), deleted('b', '1')]],
    ),
    ['log null failed', 'log 1 deleted', 'b 1 deleted'],
  );
});

test('names that cannot be told apart stay side by side in the record of one run', async () => {
  const twice = [entry('\ufffd', 'failed'), entry('\ufffd', 'failed')];
  assert.equal((await merged([false, twice], [true, []])).length, 2);
});
