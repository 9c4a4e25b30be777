import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs, { chmodSync, Dirent, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { queryObjects } from 'node:v8';
import fc from 'fast-check';
import { RunControl } from '../../../src/flow/run-control.ts';
import { scan } from '../../../src/stages/scan.ts';
import { asNobody } from '../../support/nobody.ts';
import { collect, endsOf, openOf } from '../../support/stages.ts';
import { useFolder, useTree } from '../../support/tree.ts';

async function scanned(source: string, enter?: (path: string) => boolean) {
  const items = await collect<{ path: string }>(scan({ source, ...(enter && { enter }) }));
  const open = openOf(items)
    .map(({ path }) => path)
    .sort();
  assert.equal(new Set(open).size + Object.keys(endsOf(items)).length, items.length, 'something came twice');
  return { open, ends: endsOf(items) };
}

test('finds every file below a folder once', async (t) => {
  const files = ['a', 'b/c', 'b/d/e', '.hidden', '.dot/f', ' ', '...'];
  const source = useTree(t, { ...Object.fromEntries(files.map((path) => [path, path])), 'empty/': '' });
  assert.deepEqual(await scanned(source), { open: files.sort(), ends: {} });
});

test('an empty folder has no files', async (t) => {
  assert.deepEqual(await scanned(useFolder(t)), { open: [], ends: {} });
});

for (const folders of [15, 16, 17, 40, 300]) {
  test(`does not stall at ${folders} folders in a row without a file between them`, async (t) => {
    const empty = Object.fromEntries(Array.from({ length: folders }, (_, n) => [`${n}/`, '']));
    const source = useTree(t, { ...empty, 'deep/er/file': 'x' });
    assert.deepEqual((await scanned(source)).open, ['deep/er/file']);
  });
}

test('goes a hundred folders deep', async (t) => {
  const path = `${'d/'.repeat(100)}file`;
  assert.deepEqual((await scanned(useTree(t, { [path]: 'x' }))).open, [path]);
});

test('a thousand files in one folder and one in each of a thousand folders all come', async (t) => {
  const files = Array.from({ length: 1000 }, (_, n) => [`flat/${n}`, `wide/${n}/x`]).flat();
  const source = useTree(t, Object.fromEntries(files.map((path) => [path, ''])));
  assert.deepEqual((await scanned(source)).open, files.sort());
});

test('links to a file, a folder, the source, the root, nothing and themselves are reported, not followed', async (t) => {
  const outside = useTree(t, { secret: 'x' });
  const source = useTree(t, { 'real/file': 'x' });
  const links = {
    file: 'real/file',
    folder: 'real',
    self: 'self',
    loop: '..',
    root: '/',
    outside,
    nothing: 'not/there',
  };
  mkdirSync(join(source, 'links'));
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(source, 'links', name));
  const { open, ends } = await scanned(source);
  assert.deepEqual(open, ['real/file']);
  assert.deepEqual(
    ends,
    Object.fromEntries(Object.keys(links).map((name) => [`links/${name}`, 'skipped SYMBOLIC_LINK'])),
  );
});

test('a FIFO and a socket are reported as skipped', async (t) => {
  const source = useTree(t, { file: 'x' });
  execFileSync('mkfifo', [join(source, 'fifo')]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(source, 'socket'), resolve));
  t.after(() => server.close());
  assert.deepEqual(await scanned(source), {
    open: ['file'],
    ends: { fifo: 'skipped SPECIAL_FILE', socket: 'skipped SPECIAL_FILE' },
  });
});

test('names of every kind are given unchanged', async (t) => {
  const names = [
    'new\nline',
    'quote"\'`',
    'back\\slash',
    '\u{1F600}',
    '\u00e9',
    'e\u0301',
    '\u0001',
    '%2F',
    'a\tb',
    'n'.repeat(255),
  ];
  const files = names.flatMap((name) => [name, `in ${name.slice(0, 200)}/${name}`]);
  const source = useTree(t, Object.fromEntries(files.map((path) => [path, ''])));
  assert.deepEqual((await scanned(source)).open, files.sort());
});

/** A name below a folder, as bytes. */
function raw(folder: string, ...name: (string | number)[]): Buffer {
  const parts = name.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part])));
  return Buffer.concat([Buffer.from(`${folder}/`), ...parts]);
}

test('a name that is not UTF-8 fails beside a real file that it would be taken for', async (t) => {
  const source = useFolder(t);
  writeFileSync(raw(source, 'x', 0xff), 'not UTF-8');
  writeFileSync(raw(source, 'x', 0x80), 'not UTF-8, either');
  writeFileSync(join(source, 'x\uFFFD'), 'real');
  const items = await collect<{ path: string }>(scan({ source }));
  assert.deepEqual(
    openOf(items).map(({ path }) => path),
    ['x\uFFFD'],
  );
  assert.equal(items.length, 3);
  assert.deepEqual(endsOf(items), { 'x\uFFFD': 'failed NAME_NOT_UTF8' });
});

test('a name that is not UTF-8 fails where nothing else has its name', async (t) => {
  const source = useFolder(t);
  writeFileSync(raw(source, 0xff), 'x');
  assert.deepEqual(await scanned(source), { open: [], ends: { '\uFFFD': 'failed NAME_NOT_UTF8' } });
});

test('a folder whose name is not UTF-8 fails with all that is in it', async (t) => {
  const source = useTree(t, { 'x\uFFFD/real': 'x' });
  mkdirSync(raw(source, 'x', 0xff));
  writeFileSync(raw(source, 'x', 0xff, '/real'), 'not to be read');
  const items = await collect<{ path: string }>(scan({ source }));
  assert.deepEqual(
    openOf(items).map(({ path }) => path),
    ['x\uFFFD/real'],
  );
  assert.deepEqual(endsOf(items), { 'x\uFFFD': 'failed NAME_NOT_UTF8' });
});

test('an excluded name that is not UTF-8 does not fail', async (t) => {
  const source = useFolder(t);
  writeFileSync(raw(source, 'x', 0xff, '.tmp'), 'x');
  mkdirSync(raw(source, 'y', 0xff));
  const notWanted = { fate: 'skipped', code: 'EXCLUDED', reason: 'not wanted' } as const;
  const whyNot = (path: string) => (path.endsWith('.tmp') ? notWanted : undefined);
  const items = await collect(scan({ source, whyNot, enter: (path) => !path.startsWith('y') }));
  assert.deepEqual(endsOf(items), { 'x\uFFFD.tmp': 'skipped EXCLUDED' });
});

for (const byte of [0x80, 0xff]) {
  test(`a folder whose name holds 0x${byte.toString(16)} does not hide a file that it would be taken for`, async (t) => {
    // libuv sorts by bytes: one of the two comes before the file, one after it.
    const source = useFolder(t);
    writeFileSync(join(source, 'x\uFFFD'), 'real');
    mkdirSync(raw(source, 'x', byte));
    const items = await collect<{ path: string }>(scan({ source }));
    assert.deepEqual(
      openOf(items).map(({ path }) => path),
      ['x\uFFFD'],
    );
    assert.deepEqual(endsOf(items), { 'x\uFFFD': 'failed NAME_NOT_UTF8' });
  });

  test(`a file whose name holds 0x${byte.toString(16)} does not hide a folder that it would be taken for`, async (t) => {
    const source = useTree(t, { 'x\uFFFD/file': 'real' });
    writeFileSync(raw(source, 'x', byte), 'not UTF-8');
    const items = await collect<{ path: string }>(scan({ source }));
    assert.deepEqual(
      openOf(items).map(({ path }) => path),
      ['x\uFFFD/file'],
    );
    assert.deepEqual(endsOf(items), { 'x\uFFFD': 'failed NAME_NOT_UTF8' });
  });
}

test('an unreadable folder becomes one failed item and the walk goes on', async (t) => {
  const source = useTree(t, { 'a/1': '', 'locked/2': '', 'z/3': '' });
  chmodSync(join(source, 'locked'), 0o000);
  const { open, ends } = await asNobody(() => scanned(source));
  assert.deepEqual([open, ends], [['a/1', 'z/3'], { locked: 'failed UNREADABLE' }]);
});

test('folders that vanish or become files on the way are one failed item each', async (t) => {
  const source = useTree(t, { 'a/1': '', 'gone/2': '', 'swapped/3': '', 'z/4': '' });
  const { open, ends } = await scanned(source, (path) => {
    if (path === 'gone' || path === 'swapped') rmSync(join(source, path), { recursive: true });
    if (path === 'swapped') writeFileSync(join(source, path), 'x');
    return true;
  });
  assert.deepEqual(open, ['a/1', 'z/4']);
  assert.deepEqual(ends, { gone: 'failed NOT_FOUND', swapped: 'failed UNREADABLE' });
});

test('folders on a network file system are listed without blocking, with the same results', async (t) => {
  const NFS = 0x6969;
  const source = useTree(t, { 'a/1': '', 'locked/2': '', 'z/3': '' });
  chmodSync(join(source, 'locked'), 0o000);
  const blocking = t.mock.method(fs, 'readdirSync');
  const asked = t.mock.method(fs, 'statfsSync', () => ({ type: NFS }));
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const { open, ends } = await asNobody(() => scanned(source));
  assert.deepEqual([open, ends], [['a/1', 'z/3'], { locked: 'failed UNREADABLE' }]);
  assert.equal(blocking.mock.callCount(), 0);
  assert.equal(asked.mock.callCount(), 1);
});

for (const code of ['EMFILE', 'EIO', 'ENOENT', 'EACCES']) {
  test(`${code} at a second look at one entry fails that entry, and does not end the walk`, async (t) => {
    const source = useTree(t, { 'a/1': '', 'b/\uFFFD': '', 'c/\uFFFD/2': '', 'd/3': '', 'z/4': '' });
    const { readdirSync, lstatSync } = fs;
    const refuse = () => {
      throw Object.assign(new Error(code), { code });
    };
    const looks = t.mock.method(fs, 'readdirSync', (path: string, options: { encoding?: string }) =>
      options.encoding === 'buffer' ? refuse() : readdirSync(path, options as never),
    );
    t.mock.method(fs, 'lstatSync', (path: string, options: object) =>
      path === join(source, 'd') ? refuse() : lstatSync(path, options),
    );
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    const items = await collect<{ path: string }>(scan({ source, oneFileSystem: true }));
    const open = openOf(items).map(({ path }) => path);
    assert.deepEqual(open.sort(), ['a/1', 'z/4']);
    const end = code === 'ENOENT' ? 'failed NOT_FOUND' : 'failed UNREADABLE';
    assert.deepEqual(endsOf(items), { 'b/\uFFFD': end, 'c/\uFFFD': end, d: end });
    assert.ok(looks.mock.calls.some(({ error }) => error !== undefined));
  });
}

test('a missing source and one that is a file are errors, not empty walks', async (t) => {
  const source = useTree(t, { file: 'x' });
  const reject = (folder: string, code: string) =>
    assert.throws(() => scan({ source: join(source, folder) }), { name: 'BackupError', code });
  reject('missing', 'SOURCE_NOT_FOUND');
  reject('file', 'SOURCE_NOT_A_FOLDER');
  reject('file/below', 'SOURCE_NOT_A_FOLDER');
});

test('a source that is named through a link is walked, with paths relative to it', async (t) => {
  const source = useTree(t, { 'a/file': 'x' });
  const link = join(useFolder(t), 'link');
  symlinkSync(source, link);
  assert.deepEqual((await scanned(link)).open, ['a/file']);
});

test('a stop ends the walk early but in order', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`${n % 40}/${n}`, '']));
  const source = useTree(t, files);
  const control = new RunControl();
  t.after(() => control.close());
  const seen = new Set<string>();
  for await (const item of scan({ source, control }) as AsyncIterable<{ file: { path: string } }>) {
    seen.add(item.file.path);
    if (seen.size === 20) control.stop();
  }
  assert.ok(seen.size >= 20 && seen.size < 100, `${seen.size} files came`);
});

test('a walk that is stopped before it begins finds nothing', async (t) => {
  const control = new RunControl(AbortSignal.abort());
  t.after(() => control.close());
  assert.deepEqual(await collect(scan({ source: useTree(t, { a: '', 'b/c': '' }), control })), []);
});

test('a folder that is not to be entered is not listed', async (t) => {
  const source = useTree(t, { 'in/1': '', 'out/2': '', 'in/out/3': '' });
  const asked: string[] = [];
  const { open } = await scanned(source, (path) => {
    asked.push(path);
    return !path.endsWith('out');
  });
  assert.deepEqual(open, ['in/1']);
  assert.deepEqual(asked.sort(), ['in', 'in/out', 'out']);
});

const SEGMENTS = ['a', 'b', 'a-', 'a.b', 'a0', 'B', '\u00e9', '\uff5e', '\u{1f600}', 'x y', '10', '9'];

test('in key order files come as S3 lists their keys, all of them', async (t) => {
  const segment = fc.constantFrom(...SEGMENTS);
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(path, { maxLength: 60 }), async (paths) => {
      const files = paths.filter((one) => !paths.some((other) => other.startsWith(`${one}/`)));
      const source = useTree(t, Object.fromEntries(files.map((one) => [one, ''])));
      const items = await collect<{ path: string }>(scan({ source, inKeyOrder: true }));
      assert.deepEqual(
        openOf(items).map((file) => file.path),
        files.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
    }),
    { numRuns: 50 },
  );
});

test('in key order a folder that is left out, vanishes or cannot be read does not stop the ones after it', async (t) => {
  const source = useTree(t, { 'a/1': '', 'b/2': '', 'c/3': '', 'd/4/5': '', 'd/6': '', e: '', 'out/7': '' });
  chmodSync(source, 0o777);
  chmodSync(join(source, 'b'), 0o777);
  chmodSync(join(source, 'c'), 0o000);
  const enter = (path: string) => {
    if (path === 'b') rmSync(join(source, path), { recursive: true });
    return path !== 'out';
  };
  const items = await asNobody(() => collect<{ path: string }>(scan({ source, enter, inKeyOrder: true })));
  assert.deepEqual(
    openOf(items).map(({ path }) => path),
    ['a/1', 'd/4/5', 'd/6', 'e'],
  );
  assert.deepEqual(endsOf(items), { b: 'failed NOT_FOUND', c: 'failed UNREADABLE' });
});

test('in key order the listings of finished folders do not stay in memory', async (t) => {
  const [folders, files] = [100, 50];
  const names = Array.from({ length: folders * files }, (_, n) => `${Math.floor(n / files)}/${n}`);
  const source = useTree(t, Object.fromEntries(names.map((name) => [name, ''])));
  let seen = 0;
  let left = 0;
  for await (const _ of scan({ source, inKeyOrder: true })) {
    seen += 1;
    if (seen === names.length) left = queryObjects(Dirent, { format: 'count' });
  }
  assert.equal(seen, names.length);
  // Those of the source itself, and of the last folders.
  assert.ok(left < folders + 20 * files, String(left));
});

for (const folders of [15, 16, 17, 300]) {
  test(`in key order it does not stall at ${folders} folders in a row without a file`, async (t) => {
    const empty = Object.fromEntries(Array.from({ length: folders }, (_, n) => [`${n}/`, '']));
    const source = useTree(t, { ...empty, 'deep/er/file': 'x' });
    const items = await collect<{ path: string }>(scan({ source, inKeyOrder: true }));
    assert.deepEqual(
      openOf(items).map(({ path }) => path),
      ['deep/er/file'],
    );
  });
}
