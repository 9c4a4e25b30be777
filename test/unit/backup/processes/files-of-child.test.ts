import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FilesOfChild } from '../../../../src/backup/processes/files-of-child.ts';
import type { FileInWork } from '../../../../src/flow/file-in-work.ts';

const file = (path: string, doneBytes = 0): FileInWork => ({ path, size: 9, doneBytes });

test('files of several processes come and go, and keep the order in which they came', () => {
  const all = new Set<FileInWork>();
  const [one, other] = [new FilesOfChild(all), new FilesOfChild(all)];
  const told = () => [...all].map(({ path, doneBytes }) => `${path} ${doneBytes}`);
  one.update([file('a'), file('b')]);
  other.update([file('c')]);
  one.update([file('b', 3), file('d'), file('a', 5)]);
  assert.deepEqual(told(), ['a 5', 'b 3', 'c 0', 'd 0']);
  one.update([file('d', 1)]);
  assert.deepEqual(told(), ['c 0', 'd 1']);
  other.update([]);
  one.update([]);
  assert.equal(all.size, 0);
});
