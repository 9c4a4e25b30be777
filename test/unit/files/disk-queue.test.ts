import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { DiskQueue } from '../../../src/files/disk-queue.ts';
import { useFolder } from '../../support/tree.ts';

test('bytes come out of a queue as they went in, and it can be filled again', (t) => {
  const folder = useFolder(t);
  const queue = new DiskQueue(folder);
  t.after(() => queue.close());
  assert.deepEqual([queue.length, queue.take(10).length], [0, 0]);
  for (let round = 0; round < 3; round += 1) {
    queue.add(Buffer.from('hello '));
    queue.add(Buffer.from('world'));
    assert.deepEqual(readdirSync(folder), []);
    assert.equal(queue.length, 11);
    assert.equal(String(queue.take(4)), 'hell');
    queue.add(Buffer.from('!'));
    assert.equal(String(queue.take(100)), 'o world!');
    assert.deepEqual([queue.length, queue.take(10).length], [0, 0]);
  }
});
