import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { useRestorePlace } from '../../support/restore.ts';
import { backupTo, MIB } from '../../support/run.ts';
import { shownProgress } from '../../support/shown-progress.ts';
import { useTree } from '../../support/tree.ts';

const until = async (isSo: () => boolean) => {
  while (!isSo()) await sleep(5);
};

test('a restore counts the objects that its patterns choose, and what it receives', async (t) => {
  const { server, put, restore } = await useRestorePlace(t);
  for (const key of ['a.txt', 'b.log', 'c/d.txt', '.s3-backup/runs/x', 'z-last.txt'])
    await put(key, 'content');
  const progress = shownProgress();
  server.faults.plan({
    operation: 'GetObject',
    key: 'z-last.txt',
    do: { kind: 'call', run: () => until(() => progress.total.isComplete) },
  });
  await restore({ include: ['*.txt'], progress, concurrency: 2 });
  assert.deepEqual(progress.total, { files: 3, bytes: 21, isComplete: true });
  assert.deepEqual(progress.done, { files: 3, bytes: 21, movedFiles: 3, movedBytes: 21 });
  assert.deepEqual([progress.transferredBytes, progress.bytes, progress.inWork.size], [21, 21, 0]);
});

test('an object whose local file is equal is done without being received', async (t) => {
  const { put, restore } = await useRestorePlace(t);
  await put('a', 'content');
  await restore();
  const progress = shownProgress();
  await restore({ progress });
  assert.deepEqual(progress.done, { files: 1, bytes: 7, movedFiles: 0, movedBytes: 0 });
  assert.equal(progress.transferredBytes, 0);
});

test('the total of a recorded run is known at once, unless patterns choose', async (t) => {
  const { server, restore } = await useRestorePlace(t);
  await backupTo(server, useTree(t, { a: '1', 'b/c': '22' }), { manifest: true });
  const progress = shownProgress();
  await restore({ run: 'latest', progress });
  assert.deepEqual(progress.total, { files: 2, bytes: 3, isComplete: true });
  assert.equal(progress.done.files, 2);
  const chosen = shownProgress();
  await restore({ run: 'latest', pattern: 'a', progress: chosen });
  assert.equal(chosen.total.isComplete, false);
});

test('a large object is in work with the bytes that have arrived', async (t) => {
  const { server, put, restore } = await useRestorePlace(t);
  const size = 20 * MIB;
  await put('large', Buffer.alloc(size, 'x'));
  const progress = shownProgress();
  const seen: { path: string; size: number; doneBytes: number }[] = [];
  server.faults.plan({
    operation: 'GetObject',
    skip: 2,
    do: {
      kind: 'call',
      run: async () => {
        await until(() => progress.transferredBytes >= 16 * MIB);
        for (const { path, size, doneBytes } of progress.inWork) seen.push({ path, size, doneBytes });
      },
    },
  });
  await restore({ progress });
  assert.deepEqual(seen, [{ path: 'large', size, doneBytes: 16 * MIB }]);
  assert.deepEqual([progress.transferredBytes, progress.bytes], [size, size]);
});
