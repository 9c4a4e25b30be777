import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { RangeReceiver } from '../../../src/restore/range-receiver.ts';
import { locateTarget } from '../../../src/restore/target.ts';
import { TemporaryFile } from '../../../src/restore/temporary-file.ts';
import { ReadPace } from '../../../src/source/read-pace.ts';
import { bytesOfLength } from '../../suites/contract/support/source.ts';
import { useFolder } from '../../support/tree.ts';

const SIZE = 1024 * 1024;
const PIECE = 64 * 1024;
const BYTES = bytesOfLength(SIZE);

/** A range that is the whole file, and a clock of its own. With `slowMs` below 0 every write counts as slow. */
function useRange(t: TestContext, slowMs: number) {
  const target = locateTarget(useFolder(t));
  const object = {
    path: 'file',
    key: 'file',
    etag: 'x',
    size: SIZE,
    lastModified: undefined,
    storageClass: undefined,
  };
  const temporary = new TemporaryFile(target, object, true);
  t.after(() => temporary.discard());
  const clock = { ms: 0 };
  const pace = new ReadPace(slowMs, () => clock.ms);
  const place = { temporary, target, pace, start: 0 };
  const receiver = new RangeReceiver(Buffer.alloc(SIZE), place);
  const path = join(target.path, temporary.path);
  return { receiver, clock, written: () => statSync(path).size, content: () => readFileSync(path) };
}

test('bytes are written while they arrive', async (t) => {
  const { receiver, written, content } = useRange(t, 1_000);
  for (let at = 0; at < SIZE / 2; at += PIECE) receiver.receive(BYTES.subarray(at, at + PIECE), at);
  assert.equal(written(), SIZE / 2);
  for (let at = SIZE / 2; at < SIZE; at += PIECE) receiver.receive(BYTES.subarray(at, at + PIECE), at);
  assert.equal(written(), SIZE);
  assert.ok((await receiver.finish()).equals(BYTES) && content().equals(BYTES));
});

test('after a slow write the rest of a range is not written before its end, however long that takes', async (t) => {
  const { receiver, clock, written, content } = useRange(t, -1);
  for (let at = 0; at < SIZE / 2; at += PIECE) receiver.receive(BYTES.subarray(at, at + PIECE), at);
  const before = written();
  clock.ms += 60_000;
  for (let at = SIZE / 2; at < SIZE; at += PIECE) receiver.receive(BYTES.subarray(at, at + PIECE), at);
  assert.ok(before > 0 && before < SIZE / 2);
  assert.equal(written(), before);
  assert.ok((await receiver.finish()).equals(BYTES) && content().equals(BYTES));
});

test('bytes that are requested again are written again', async (t) => {
  const { receiver, content } = useRange(t, 1_000);
  const other = Buffer.alloc(SIZE - PIECE, 'other');
  for (let at = 0; at < other.length; at += PIECE) receiver.receive(other.subarray(at, at + PIECE), at);
  for (let at = 0; at < SIZE; at += PIECE) receiver.receive(BYTES.subarray(at, at + PIECE), at);
  assert.ok((await receiver.finish()).equals(BYTES) && content().equals(BYTES));
});
