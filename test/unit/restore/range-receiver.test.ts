import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PIECE_BYTES, RunningMd5s } from '../../../src/digest/md5/running-md5s.ts';
import { RangeReceiver } from '../../../src/restore/range-receiver.ts';
import { locateTarget } from '../../../src/restore/target.ts';
import { TemporaryFile } from '../../../src/restore/temporary-file.ts';
import { CallPace } from '../../../src/source/call-pace.ts';
import { bytesOfLength } from '../../suites/contract/support/source.ts';
import { useFolder } from '../../support/tree.ts';

const SIZE = 8 * PIECE_BYTES + 100;
const CHUNK = 64 * 1024;
const BYTES = bytesOfLength(SIZE);

/** A range that is the whole file. With `slowMs` below 0 every write counts as slow. */
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
  const pace = new CallPace(slowMs);
  const md5s = new RunningMd5s(2);
  const md5 = md5s.begin();
  const place = { temporary, target, pace, start: 0, length: SIZE, md5 };
  const receiver = new RangeReceiver(md5s.pieces, place);
  const path = join(target.path, temporary.path);
  return { receiver, md5, written: () => statSync(path).size, content: () => readFileSync(path) };
}

/** Hands over bytes as a connection does: in memory of the receiver where it offers any, and not while it holds. */
async function give(receiver: RangeReceiver, bytes: Buffer, chunk: number): Promise<number> {
  let holds = 0;
  for (let at = 0; at < bytes.length; at += chunk) {
    const piece = bytes.subarray(at, at + chunk);
    const memory = receiver.memoryAt(at);
    if (memory && memory.length >= piece.length) memory.set(piece);
    const hold = receiver.receive(
      memory && memory.length >= piece.length ? memory.subarray(0, piece.length) : Buffer.from(piece),
      at,
    );
    if (hold) holds += 1;
    await hold;
  }
  return holds;
}

for (const slowMs of [1_000, -1]) {
  const kind = slowMs < 0 ? 'slow' : 'fast';
  for (const chunk of [1_000, CHUNK, 3 * PIECE_BYTES + 7, SIZE])
    test(`chunks of ${chunk} bytes are written and hashed on a ${kind} file system`, async (t) => {
      const { receiver, md5, content } = useRange(t, slowMs);
      await give(receiver, BYTES, chunk);
      await receiver.finish();
      assert.ok(content().equals(BYTES));
      assert.equal(md5.digest().toString('hex'), hash('md5', BYTES, 'hex'));
    });

  test(`bytes that are requested again replace those before on a ${kind} file system`, async (t) => {
    const { receiver, md5, content } = useRange(t, slowMs);
    const other = Buffer.alloc(SIZE - 3 * CHUNK, 'other');
    await give(receiver, other, CHUNK);
    await give(receiver, BYTES, CHUNK);
    await receiver.finish();
    assert.ok(content().equals(BYTES));
    assert.equal(md5.digest().toString('hex'), hash('md5', BYTES, 'hex'));
  });
}

test('bytes are written while they arrive', async (t) => {
  const { receiver, written } = useRange(t, 1_000);
  await give(receiver, BYTES.subarray(0, 4 * PIECE_BYTES), CHUNK);
  assert.equal(written(), 4 * PIECE_BYTES);
});

test('a slow file system holds the connection as soon as both pieces are full', async (t) => {
  const { receiver } = useRange(t, -1);
  assert.ok((await give(receiver, BYTES, CHUNK)) > 0);
  await receiver.finish();
});

test('a range that ends before its size is refused', async (t) => {
  const { receiver } = useRange(t, 1_000);
  await give(receiver, BYTES.subarray(0, SIZE - 1), CHUNK);
  await assert.rejects(receiver.finish(), { code: 'OBJECT_CHANGED' });
});

test('a range that is abandoned has no piece in use', async (t) => {
  const { receiver, content } = useRange(t, -1);
  await give(receiver, BYTES.subarray(0, 5 * PIECE_BYTES), CHUNK);
  await receiver.abandon();
  const before = content();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(content().equals(before));
});
