import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import chain from 'stream-chain';
import type { Fence } from '../../../src/flow/fence.ts';
import { pass, type Selected } from '../../../src/flow/item.ts';
import { Store } from '../../../src/s3/store.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { deleteSource } from '../../../src/stages/delete-source.ts';
import { hash } from '../../../src/stages/hash.ts';
import { upload } from '../../../src/stages/upload.ts';
import { verify } from '../../../src/stages/verify.ts';
import { keysIn, useBucketClient } from '../../support/bucket.ts';
import { reachOf } from '../../support/cat.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { endsOf, through } from '../../support/stages.ts';
import { filesIn, useTree } from '../../support/tree.ts';

const FILES = { 'd/a': '1', 'd/b': '2', 'd/c': '3', e: '4' };
const NAMES = Object.keys(FILES);

/** Sends all files through the stages of a move with a fence. */
async function moveBehind(t: TestContext, fence: Fence) {
  const server = await useS3Server(t);
  const source = useTree(t, FILES);
  const root = sourceRoot(source);
  const store = new Store(reachOf(server));
  t.after(() => store.close());
  const stages = chain([
    hash<Selected>(),
    upload({ store }),
    verify({ store }),
    deleteSource({ enabled: true, fence }),
  ]);
  const files = NAMES.map((path) => pass<Selected>({ root, path, key: path }));
  const ends = endsOf(await through(stages, files));
  return { ends, source, keys: await keysIn(useBucketClient(t, server)) };
}

test('a fence that closes in the middle of a batch keeps every later file of it, under its name', async (t) => {
  let asked = 0;
  const isOpen = () => {
    asked += 1;
    return asked <= 2;
  };
  const { ends, source, keys } = await moveBehind(t, { ready: async () => undefined, isOpen });
  const left = NAMES.filter((name) => ends[name] !== 'deleted');
  assert.equal(left.length, 2);
  for (const name of left) assert.equal(ends[name], 'failed RUN_FAILED');
  const content = Object.fromEntries(left.map((name) => [name, FILES[name as keyof typeof FILES]]));
  assert.deepEqual(contentsOf(source), content);
  assert.deepEqual(keys, NAMES);
});

test('a fence that never opens lets no file be moved aside', async (t) => {
  const fence = { ready: () => Promise.reject(new Error('lost')), isOpen: () => assert.fail('it was asked') };
  const { ends, source } = await moveBehind(t, fence);
  assert.deepEqual(ends, Object.fromEntries(NAMES.map((name) => [name, 'failed RUN_FAILED'])));
  assert.deepEqual(contentsOf(source), FILES);
});

function contentsOf(source: string): Record<string, string> {
  return Object.fromEntries([...filesIn(source)].map(([name, bytes]) => [name, String(bytes)]));
}
