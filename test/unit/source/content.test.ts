import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createReading, SourceContent } from '../../../src/source/content.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { SourceFile } from '../../../src/source/source-file.ts';
import { MIB } from '../../support/run.ts';
import { useTree } from '../../support/tree.ts';

function contentOf(source: string, onRead?: (bytes: number) => void): SourceContent {
  const file = SourceFile.open({ root: sourceRoot(source), path: 'file' });
  return new SourceContent(file, createReading(64 * MIB, onRead));
}

/** Not periodic, so that chunks that are swapped or doubled are noticed. */
function bytesOfLength(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let n = 0, state = 1; n < length; n += 1) {
    state = (state * 1_103_515_245 + 12_345) >>> 0;
    bytes[n] = state >>> 24;
  }
  return bytes;
}

const KIB_128 = 128 * 1024;
for (const size of [0, 1, KIB_128 - 1, KIB_128, KIB_128 + 1, MIB - 1, MIB, MIB + 1, 3 * MIB, 3 * MIB + 17]) {
  test(`MD5 and bytes are right for ${size} bytes, read whole or in chunks`, async (t) => {
    const expected = bytesOfLength(size);
    const source = useTree(t, { file: expected });
    const md5 = createHash('md5').update(expected).digest('hex');
    let read = 0;
    for (const whole of [true, false]) {
      const content = contentOf(source, (bytes) => {
        read += bytes;
      });
      assert.deepEqual([content.size, content.md5], [size, undefined]);
      const chunks: Buffer[] = [];
      if (whole) chunks.push(await content.readWhole());
      else for await (const chunk of content.chunks()) chunks.push(chunk);
      assert.ok(Buffer.concat(chunks).equals(expected));
      if (whole || size > 0) assert.equal(content.md5, md5);
      assert.ok(chunks.every((chunk) => whole || chunk.length <= MIB));
      content.close();
    }
    assert.equal(read, 2 * size);
  });
}

test('every chunk has memory of its own', async (t) => {
  const content = contentOf(useTree(t, { file: bytesOfLength(2 * MIB) }));
  t.after(() => content.close());
  const buffers = new Set<ArrayBufferLike>();
  for await (const chunk of content.chunks()) buffers.add(chunk.buffer);
  assert.equal(buffers.size, 2);
});

const CHANGES: Readonly<Record<string, (file: string) => void>> = {
  truncated: (file) => truncateSync(file, 10),
  emptied: (file) => truncateSync(file, 0),
  'appended to': (file) => appendFileSync(file, 'more'),
  'overwritten in place': (file) => writeFileSync(file, 'X', { flag: 'r+' }),
  'overwritten in place with its old mtime restored': (file) => {
    const { atime, mtime } = statSync(file);
    writeFileSync(file, 'X', { flag: 'r+' });
    utimesSync(file, atime, mtime);
  },
};

for (const [what, change] of Object.entries(CHANGES)) {
  for (const size of [1000, KIB_128 + 1, 3 * MIB]) {
    test(`a file of ${size} bytes that is ${what} while it is read is FILE_CHANGED`, async (t) => {
      const source = useTree(t, { file: bytesOfLength(size) });
      const whole = contentOf(source);
      change(join(source, 'file'));
      await assert.rejects(whole.readWhole(), { name: 'SourceError', code: 'FILE_CHANGED' });
      assert.deepEqual([whole.bytes, whole.md5], [undefined, undefined]);
      whole.close();

      writeFileSync(join(source, 'file'), bytesOfLength(size));
      const inChunks = contentOf(source);
      await assert.rejects(
        async () => {
          for await (const _ of inChunks.chunks()) change(join(source, 'file'));
          // A change after the last chunk is noticed before the upload is completed.
          inChunks.requireUnchanged();
        },
        { name: 'SourceError', code: 'FILE_CHANGED' },
      );
      inChunks.close();
    });
  }
}

test('a file that is replaced under its name is read as it was when it was opened, to its end', async (t) => {
  const source = useTree(t, { file: 'first', other: 'other' });
  const content = contentOf(source);
  t.after(() => content.close());
  renameSync(join(source, 'other'), join(source, 'file'));
  // The rename takes the old file's only name, which changes its state: that is noticed.
  await assert.rejects(content.readWhole(), { code: 'FILE_CHANGED' });
  assert.equal(readFileSync(join(source, 'file'), 'utf8'), 'other');
});

test('a file that was written to just before is not read within the same tick of the clock', async (t) => {
  const source = useTree(t, { file: 'x' });
  const content = contentOf(source);
  t.after(() => content.close());
  const { ctimeNs } = content.identity;
  await content.readWhole();
  assert.ok(BigInt(Date.now() + 1) * 1_000_000n - ctimeNs >= 19_000_000n);
});

test('releasing the bytes frees their memory, the file stays open, and closing twice is harmless', async (t) => {
  const reading = createReading(10);
  const root = sourceRoot(useTree(t, { file: 'x'.repeat(10) }));
  const [content, next] = [1, 2].map(
    () => new SourceContent(SourceFile.open({ root, path: 'file' }), reading),
  ) as [SourceContent, SourceContent];
  await content.readWhole();
  const order: string[] = [];
  const second = next.readWhole().then(() => order.push('read'));
  await sleep(50);
  order.push('released');
  content.releaseBytes();
  await second;
  assert.deepEqual(order, ['released', 'read']);
  assert.deepEqual([content.bytes, content.file.identityNow().size], [undefined, 10n]);
  for (const one of [content, next]) {
    one.close();
    one.close();
  }
});
