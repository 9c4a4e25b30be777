import assert from 'node:assert/strict';
import type { Dirent } from 'node:fs';
import { test } from 'node:test';
import { EntryQueue } from '../../../src/source/entry-queue.ts';

test('entries are taken from the front in their order, as from an array, and the last piece is what is left', () => {
  const entries = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name }) as Dirent);
  const [array, queue] = [[...entries], new EntryQueue(entries)];
  for (const left of [5, 3, 1, 0, 0]) {
    assert.deepEqual([array.length, queue.length], [left, left]);
    const nameOf = ({ name }: Dirent) => name;
    assert.deepEqual(queue.splice(0, 2).map(nameOf), array.splice(0, 2).map(nameOf));
  }
});
