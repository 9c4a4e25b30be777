import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises';
import type { RunControl } from '../../../src/flow/run-control.ts';
import { countBeside, type ToDo } from '../../../src/run/count-beside.ts';
import { FileCount } from '../../../src/run/file-count.ts';
import type { Progress } from '../../../src/run/progress.ts';

const NEVER = new AbortController().signal;

function progressWithTotal() {
  const done = { files: 0, bytes: 0, movedFiles: 0, movedBytes: 0 };
  const total = { files: 0, bytes: 0, isComplete: false };
  return { files: 0, failed: 0, bytes: 0, transferredBytes: 0, done, total };
}

async function* files(count: number): AsyncGenerator<ToDo, void> {
  for (let at = 0; at < count; at += 1) yield { path: `${at}`, size: 10 };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

const entry = (path: string, more: object = {}) => {
  return { path, size: 10, fate: 'deleted', code: null, attempts: 1, ...more };
};

test('a count begins when the run has sent its first bytes or settled its first file, and not before', async () => {
  for (const begin of [
    (progress: Progress) => {
      progress.transferredBytes = 1;
    },
    (progress: Progress) => {
      progress.files = 1;
    },
  ]) {
    const progress = progressWithTotal();
    let isAsked = false;
    const find = () => {
      isAsked = true;
      return files(3);
    };
    const stop = countBeside(new FileCount(progress), { find, stopping: NEVER });
    progress.bytes = 100;
    await sleep(150);
    assert.equal(isAsked, false);
    begin(progress);
    await until(() => progress.total.isComplete);
    assert.deepEqual(progress.total, { files: 3, bytes: 30, isComplete: true });
    stop();
  }
});

test('a count beside a verification begins when that has read its first bytes', async () => {
  const progress = progressWithTotal();
  const find = () => files(3);
  countBeside(new FileCount(progress), { find, stopping: NEVER, begins: 'bytes' });
  progress.bytes = 100;
  await until(() => progress.total.isComplete);
});

test('nobody counts if the caller does not want to know', async () => {
  const progress: Progress = { files: 1, failed: 0, bytes: 0 };
  let isAsked = false;
  const find = () => {
    isAsked = true;
    return files(3);
  };
  countBeside(new FileCount(progress), { find, stopping: NEVER });
  progress.files = 2;
  await sleep(150);
  assert.equal(isAsked, false);
  assert.deepEqual(progress, { files: 2, failed: 0, bytes: 0 });
});

for (const how of ['the run ends', 'the run is stopped'] as const)
  test(`a count ends when ${how}, and is not complete then`, async () => {
    const progress = progressWithTotal();
    const run = new AbortController();
    let isClosed = false;
    async function* endless({ stopping }: RunControl): AsyncGenerator<ToDo, void> {
      try {
        for (let at = 0; !stopping.aborted; at += 1) {
          yield { path: `${at}`, size: 1 };
          await tick();
        }
      } finally {
        isClosed = true;
      }
    }
    const stop = countBeside(new FileCount(progress), { find: endless, stopping: run.signal });
    progress.files = 1;
    await until(() => progress.total.files > 0);
    if (how === 'the run ends') stop();
    else run.abort();
    await until(() => isClosed);
    await sleep(10);
    assert.equal(progress.total.isComplete, false);
  });

test('an error ends a count quietly', async () => {
  const progress = progressWithTotal();
  let isBroken = false;
  async function* broken(): AsyncGenerator<ToDo, void> {
    yield { path: 'a', size: 10 };
    isBroken = true;
    throw new Error('no more');
  }
  countBeside(new FileCount(progress), { find: broken, stopping: NEVER });
  progress.files = 1;
  await until(() => isBroken);
  await sleep(10);
  assert.deepEqual(progress.total, { files: 1, bytes: 10, isComplete: false });
});

test('a count leaves the run most of the time', async () => {
  const progress = progressWithTotal();
  async function* slow(): AsyncGenerator<ToDo, void> {
    for (let at = 0; at < 20; at += 1) {
      const end = performance.now() + 2;
      while (performance.now() < end);
      yield { path: `${at}`, size: 1 };
    }
  }
  countBeside(new FileCount(progress), { find: slow, stopping: NEVER });
  progress.files = 1;
  const begun = performance.now();
  await until(() => progress.total.isComplete);
  // 40 ms of work, with a rest of 80 ms after each 4 ms of it.
  assert.ok(performance.now() - begun > 500);
});

test('a file that a move has removed before the count finds it is counted once, by its entry', () => {
  const progress = progressWithTotal();
  const count = new FileCount(progress, true);
  count.settled(entry('a'));
  count.found('a', undefined);
  count.found('b', 10);
  count.settled(entry('b'));
  count.found('c', 10);
  assert.deepEqual(progress.total, { files: 3, bytes: 30, isComplete: false });
  assert.deepEqual(progress.done, { files: 2, bytes: 20, movedFiles: 2, movedBytes: 20 });
});

test('entries of files that are left out count as settled, and not as done', () => {
  const progress = progressWithTotal();
  const count = new FileCount(progress, true);
  count.settled(entry('a', { fate: 'skipped', code: 'EXCLUDED', attempts: 0 }));
  count.settled(entry('b', { fate: 'failed', code: 'MISSING_HERE', attempts: 0 }));
  count.settled(entry('c', { fate: 'failed', code: 'UNREADABLE', size: null, attempts: 0 }));
  count.settled(entry('d', { fate: 'unchanged', code: 'SIZE_AND_TIME', attempts: 0 }));
  assert.deepEqual([progress.files, progress.failed], [4, 2]);
  assert.deepEqual(progress.done, { files: 2, bytes: 10, movedFiles: 0, movedBytes: 0 });
  assert.equal(progress.total.files, 2);
});
