import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, renameSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Found, type Read, settle } from '../../../src/flow/item.ts';
import { RunControl } from '../../../src/flow/run-control.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { hash } from '../../../src/stages/hash.ts';
import { openBelow } from '../../support/descriptors.ts';
import { asNobody } from '../../support/nobody.ts';
import { MIB } from '../../support/run.ts';
import { runScript } from '../../support/run-script.ts';
import { collect, endsOf, found, openOf, settledOf, through } from '../../support/stages.ts';
import { useTree } from '../../support/tree.ts';

const PART = 64 * 1024;

test('small files come with their bytes and digests, larger ones with a reader', async (t) => {
  const files = {
    empty: '',
    one: 'x',
    below: 'b'.repeat(PART - 1),
    part: 'p'.repeat(PART),
    above: 'a'.repeat(PART + 1),
  };
  const source = useTree(t, files);
  const items = await through<Found & Read>(
    hash({ partSizeBytes: PART }),
    found(sourceRoot(source), ...Object.keys(files)),
  );
  const contents = new Map(openOf(items).map(({ path, content }) => [path, content]));
  assert.equal(contents.size, 5);
  for (const [path, text] of Object.entries(files)) {
    const content = contents.get(path);
    assert.ok(content);
    assert.equal(content.bytes?.toString(), path === 'above' ? undefined : text);
    for await (const _ of path === 'above' ? content.chunks() : []);
    assert.equal(content.md5, createHash('md5').update(text).digest('hex'));
    content.close();
  }
  assert.deepEqual(openBelow(source), []);
});

test('an item keeps its earlier fields', async (t) => {
  const root = sourceRoot(useTree(t, { a: 'x' }));
  const [file] = openOf(
    await through<{ path: string; key: string } & Read>(hash(), [
      { settled: false, file: { root, path: 'a', key: 'some key' } },
    ]),
  );
  assert.deepEqual([file?.path, file?.key, file?.content.size], ['a', 'some key', 1]);
  file?.content.close();
});

test('anything but a readable file inside the source is settled, and nothing stays open', async (t) => {
  const source = useTree(t, { 'real/file': 'x', locked: 'x', fine: 'x' });
  const outside = useTree(t, { file: 'x' });
  symlinkSync('fine', join(source, 'link'));
  symlinkSync(outside, join(source, 'swapped'));
  execFileSync('mkfifo', [join(source, 'fifo')]);
  chmodSync(join(source, 'locked'), 0o000);
  const paths = ['real', 'locked', 'link', 'swapped/file', 'fifo', 'missing', 'fine'];
  const items = await asNobody(() => through<Found & Read>(hash(), found(sourceRoot(source), ...paths)));
  assert.deepEqual(endsOf(items), {
    real: 'failed IS_A_FOLDER',
    locked: 'failed UNREADABLE',
    link: 'skipped SYMBOLIC_LINK',
    'swapped/file': 'failed OUTSIDE_SOURCE',
    fifo: 'skipped SPECIAL_FILE',
    missing: 'failed NOT_FOUND',
  });
  for (const { content } of openOf(items)) content.close();
  assert.deepEqual([openBelow(source), openBelow(outside)], [[], []]);
});

test('a folder that was swapped for a link between scan and hash is not read', async (t) => {
  const source = useTree(t, { 'a/file': 'x' });
  const outside = useTree(t, { file: 'secret' });
  const root = sourceRoot(source);
  renameSync(join(source, 'a'), join(source, 'b'));
  symlinkSync(outside, join(source, 'a'));
  assert.deepEqual(endsOf(await through(hash(), found(root, 'a/file'))), {
    'a/file': 'failed OUTSIDE_SOURCE',
  });
});

test('keeps to the memory limit, and continues when memory is released', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`${n}`, Buffer.alloc(PART)]));
  const root = sourceRoot(useTree(t, files));
  const under = hash({ partSizeBytes: PART, memoryBytes: 3 * PART + 10, concurrency: 16 });
  Readable.from(found(root, ...Object.keys(files))).pipe(under as unknown as NodeJS.WritableStream);
  const contents: Read['content'][] = [];
  let most = 0;
  let done = 0;
  const reading = (async () => {
    for await (const item of under as AsyncIterable<{ file: Read }>) {
      contents.push(item.file.content);
      most = Math.max(most, contents.length);
    }
  })();
  while (done < 12) {
    while (contents.length < Math.min(3, 12 - done)) await sleep(5);
    // For what comes although there is no room for it.
    await sleep(60);
    for (const content of contents.splice(0)) {
      content.close();
      done += 1;
    }
  }
  await reading;
  assert.equal(most, 3);
});

test('a file of 4 TB of which no part fits into memory is refused before a byte is read', async (t) => {
  const source = useTree(t, { huge: 'x', small: 'y' });
  truncateSync(join(source, 'huge'), 4 * 10 ** 12);
  let read = 0;
  const onRead = (bytes: number) => {
    read += bytes;
  };
  const under = hash({ memoryBytes: 128 * MIB, onRead, concurrency: 1 });
  const items = await through<Found & Read>(under, found(sourceRoot(source), 'huge', 'small'));
  assert.deepEqual(endsOf(items), { huge: 'failed FILE_TOO_LARGE' });
  const [{ reason = '' } = {}] = settledOf(items);
  assert.match(reason, /4000000000000 bytes .* parts of 382 MiB.*a memory limit of 382MiB suffices$/);
  const [small] = openOf(items);
  assert.equal(small?.content.bytes?.toString(), 'y');
  small.content.close();
  assert.equal(read, 1);
});

test('a file that is larger than all memory is let through alone', async (t) => {
  const root = sourceRoot(useTree(t, { large: Buffer.alloc(2 * MIB), small: 'x' }));
  const under = hash({ partSizeBytes: MIB, memoryBytes: 2 * MIB });
  Readable.from(found(root, 'small', 'large', 'small')).pipe(under as unknown as NodeJS.WritableStream);
  const paths: string[] = [];
  for await (const item of under as AsyncIterable<{ file: Found & Read }>) {
    paths.push(item.file.path);
    item.file.content.close();
  }
  assert.deepEqual(paths.sort(), ['large', 'small', 'small']);
});

test('settling an item closes its file', async (t) => {
  const source = useTree(t, { a: 'x', b: 'y' });
  const items = await through<Found & Read>(hash(), found(sourceRoot(source), 'a', 'b'));
  assert.ok(openBelow(source).length >= 2);
  const [first] = openOf(items).map((file) => settle(file, 'kept'));
  const [settlement] = settledOf(first ? [first] : []);
  assert.deepEqual(
    [settlement?.path, settlement?.size, settlement?.md5],
    [openOf(items)[0]?.path, 1, openOf(items)[0]?.content.md5],
  );
  assert.deepEqual(openBelow(source), []);
});

test('a run that is stopping opens nothing any more', async (t) => {
  const source = useTree(t, { a: 'x' });
  const control = new RunControl(AbortSignal.abort());
  t.after(() => control.close());
  const read: number[] = [];
  const items = await collect(
    Readable.from(found(sourceRoot(source), 'a')).pipe(
      hash({ control, onRead: (bytes) => read.push(bytes) }) as unknown as NodeJS.ReadWriteStream,
    ),
  );
  assert.deepEqual([endsOf(items), read], [{ a: 'failed INTERRUPTED' }, []]);
});

test('a file with more bytes than its size is refused', {
  skip: process.platform === 'linux' ? false : 'needs /proc',
}, async () => {
  const items = await through<Found & Read>(
    hash(),
    found(sourceRoot('/proc/sys/kernel/random'), 'boot_id', 'entropy_avail'),
  );
  assert.deepEqual(endsOf(items), {
    boot_id: 'failed SIZE_MISMATCH',
    entropy_avail: 'failed SIZE_MISMATCH',
  });
});

test('a file waits for a free descriptor', {
  skip: process.platform === 'win32' ? 'Windows has no such limit' : false,
}, async (t) => {
  const names = Array.from({ length: 20 }, (_, n) => `file ${n}`);
  const source = useTree(t, Object.fromEntries(names.map((name) => [`folder/${name}`, name])));
  const script = `
    const { openSync, closeSync } = await import('node:fs');
    const [{ scan }, { hash }] = await Promise.all([load('stages/scan.ts'), load('stages/hash.ts')]);
    const taken = [];
    for (let isFull = false; !isFull; ) {
      try {
        taken.push(openSync('/dev/null'));
      } catch {
        isFull = true;
      }
    }
    setTimeout(() => taken.splice(0, 5).forEach((fd) => closeSync(fd)), 300);
    const ends = [];
    for await (const item of scan({ source: args[0] }).pipe(hash())) {
      ends.push(item.settled ? item.settlement.reason : 'read');
      if (!item.settled) item.file.content.close();
    }
    for (const fd of taken) closeSync(fd);
    process.stdout.write(JSON.stringify([...new Set(ends), ends.length]));`;
  const { stdout, stderr } = await runScript(t, script, { args: [source] });
  assert.deepEqual(JSON.parse(stdout || JSON.stringify(stderr)), ['read', 20]);
});

test('a large file is read no further when the run waits for nothing any more', async (t) => {
  const root = sourceRoot(useTree(t, { large: Buffer.alloc(3 * MIB) }));
  const control = new RunControl();
  t.after(() => control.close());
  const [file] = openOf(
    await through<Found & Read>(hash({ partSizeBytes: MIB, control }), found(root, 'large')),
  );
  assert.ok(file);
  t.after(() => file.content.close());
  const { content } = file;
  const readUntil = async (stop: () => void) => {
    for await (const _ of content.chunks()) stop();
  };
  // Nothing new is begun, and what is under way has time to end.
  await readUntil(() => control.stop());
  assert.equal(content.readBytes, 3 * MIB);
  await assert.rejects(
    readUntil(() => control.abort()),
    { name: 'SourceError', code: 'INTERRUPTED' },
  );
  assert.equal(content.readBytes, 4 * MIB);
});
