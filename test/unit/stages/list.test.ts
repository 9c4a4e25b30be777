import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { BackupError } from '../../../src/core/errors.ts';
import type { Found, Item } from '../../../src/flow/item.ts';
import { RunControl } from '../../../src/flow/run-control.ts';
import { hash } from '../../../src/stages/hash.ts';
import { type ListOptions, list } from '../../../src/stages/list.ts';
import { collect, endsOf, openOf, settledOf } from '../../support/stages.ts';
import { useFolder, useTree } from '../../support/tree.ts';

type Input = string | Buffer | readonly (string | Buffer)[];

async function* chunks(input: Input): AsyncGenerator<Uint8Array | string, void> {
  for (const chunk of typeof input === 'string' || Buffer.isBuffer(input) ? [input] : input) yield chunk;
}

async function listed(source: string, input: Input, more: Partial<ListOptions> = {}) {
  const items = await collect<Found>(list({ source, input: chunks(input), ...more }));
  return { open: openOf(items).map(({ path }) => path), ends: endsOf(items), settled: settledOf(items) };
}

test('reads paths separated by newlines or by NULs', async (t) => {
  const source = useFolder(t);
  assert.deepEqual((await listed(source, 'a\nb/c\n')).open, ['a', 'b/c']);
  assert.deepEqual((await listed(source, 'a\0b\nc\0', { separator: 'nul' })).open, ['a', 'b\nc']);
});

test('an empty list and a list of blank lines yield nothing', async (t) => {
  const source = useFolder(t);
  for (const input of ['', '\n', '\n\n\n', []]) {
    assert.deepEqual(await listed(source, input), { open: [], ends: {}, settled: [] });
  }
  assert.deepEqual(await listed(source, '\0\0', { separator: 'nul' }), { open: [], ends: {}, settled: [] });
});

test('a last line without its newline counts', async (t) => {
  assert.deepEqual((await listed(useFolder(t), 'a\nb')).open, ['a', 'b']);
});

test('a last record without its NUL is not trusted', async (t) => {
  const { open, ends } = await listed(useFolder(t), 'a\0bcd', { separator: 'nul' });
  assert.deepEqual([open, ends], [['a'], { bcd: 'failed LIST_TRUNCATED' }]);
});

test('paths may be absolute, through the source as it was named or as it really is', async (t) => {
  const source = useFolder(t);
  const link = join(useFolder(t), 'link');
  symlinkSync(source, link);
  const input = [`${source}/a`, `${link}/b`, './c', 'd/../e', 'f//g', 'h/'].join('\n');
  assert.deepEqual((await listed(link, input)).open, ['a', 'b', 'c', 'e', 'f/g', 'h']);
});

test('files outside the source fail', async (t) => {
  const source = useFolder(t);
  const outside = [
    '..',
    '.',
    '../x',
    'a/../../x',
    '/etc/passwd',
    '/',
    `${source}-other/x`,
    `${source}/../x`,
    source,
  ];
  const { open, ends } = await listed(source, outside.join('\n'));
  assert.deepEqual(open, []);
  assert.deepEqual(ends, Object.fromEntries(outside.map((path) => [path, 'failed OUTSIDE_SOURCE'])));
});

test('names that only look like a path out of the source are accepted', async (t) => {
  const names = ['..a', '...', 'a..', '..a/b', ' a', 'a ', '~', '-n', '$HOME', '*', 'a\\b', 'c\r', '"q"'];
  assert.deepEqual((await listed(useFolder(t), names.join('\n'))).open, names);
});

test('a file that is listed again, in any form, is skipped', async (t) => {
  const source = useFolder(t);
  const { open, settled } = await listed(source, `a\nb\n./a\n${source}/a\nb/`);
  assert.deepEqual(open, ['a', 'b']);
  assert.deepEqual(
    settled.map(({ path, fate, code }) => [path, fate, code]),
    ['a', 'a', 'b'].map((path) => [path, 'skipped', 'DUPLICATE']),
  );
});

test('a list of 5,000 names has no false duplicates', async (t) => {
  const names = Array.from({ length: 5000 }, (_, n) => `f${n}`);
  const { open, settled } = await listed(useFolder(t), [...names, ...names].join('\n'));
  assert.deepEqual([open.length, settled.length], [5000, 5000]);
});

test('records may be cut anywhere between chunks', async (t) => {
  const source = useFolder(t);
  const names = fc.array(fc.stringMatching(/^[a-zé\u{1F600}]{1,8}$/u), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(names.map((parts) => parts.join('/') || 'x')),
      fc.array(fc.nat(50)),
      async (paths, cuts) => {
        for (const [separator, mark] of [
          ['newline', '\n'],
          ['nul', '\0'],
        ] as const) {
          const bytes = Buffer.from(paths.map((path) => path + mark).join(''));
          const pieces: Buffer[] = [];
          for (let at = 0, i = 0; at < bytes.length; i += 1) {
            const size = cuts.length === 0 ? 1 : Math.max(1, cuts[i % cuts.length] ?? 1);
            pieces.push(bytes.subarray(at, at + size));
            at += size;
          }
          assert.deepEqual((await listed(source, pieces, { separator })).open, paths);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('a name that is not UTF-8 fails and the list continues', async (t) => {
  const input = Buffer.concat([Buffer.from('a\nx'), Buffer.from([0xff]), Buffer.from('\nb\n')]);
  const { open, ends } = await listed(useFolder(t), input);
  assert.deepEqual([open, ends], [['a', 'b'], { 'x\uFFFD': 'failed NAME_NOT_UTF8' }]);
});

for (const separator of ['newline', 'nul'] as const) {
  test(`a record without an end (${separator}) stops the list and is reported with a short name`, async (t) => {
    const mark = separator === 'nul' ? '\0' : '\n';
    let read = 0;
    const input = (async function* () {
      yield `a${mark}`;
      for (; read < 1000; read += 1) yield 'x'.repeat(10_000);
    })();
    const items = await collect<Found>(list({ source: useFolder(t), input, separator }));
    assert.deepEqual(
      openOf(items).map(({ path }) => path),
      ['a'],
    );
    const [last, ...others] = settledOf(items);
    assert.equal(others.length, 0);
    assert.deepEqual([last?.fate, last?.code, last?.path.length], ['failed', 'LIST_TRUNCATED', 200]);
    assert.match(last?.reason ?? '', /longer than 16384 bytes/);
    assert.ok(read < 10, `${read} chunks were read`);
  });
}

test('a NUL in a list of lines is reported as the wrong separator, and no file is backed up', async (t) => {
  const { open, settled } = await listed(useFolder(t), 'a\0b\0c\0');
  assert.deepEqual([open, settled.map(({ code }) => code)], [[], ['OUTSIDE_SOURCE']]);
  assert.match(settled[0]?.reason ?? '', /is the list NUL-separated/);
});

test('a list with Windows line ends, a byte order mark or in UTF-16 is reported as such', async (t) => {
  const source = useTree(t, { a: 'a', b: 'b', 'named so\r': '', '\u{feff}named so': '' });
  const { open, settled } = await listed(source, '\u{feff}a\r\nb\r\nnamed so\r\n\u{feff}named so\n');
  assert.deepEqual(open, ['named so\r', '\u{feff}named so']);
  assert.deepEqual(
    settled.map(({ code }) => code),
    ['NOT_FOUND', 'NOT_FOUND'],
  );
  for (const { reason } of settled)
    assert.match(reason ?? '', /^the file does not exist: .*\(CRLF\); `tr -d/);
  const marked = await listed(source, '\u{feff}a\nb');
  assert.deepEqual(marked.open, ['b']);
  assert.match(marked.settled[0]?.reason ?? '', /byte order mark/);
  const wide = await listed(source, Buffer.from('\u{feff}a\r\n', 'utf16le'));
  assert.match(wide.settled[0]?.reason ?? '', /not valid UTF-8; the list is UTF-16/);
  const nul = await listed(source, 'a\r\0', { separator: 'nul' });
  assert.deepEqual(nul.open, ['a\r']);
});

test('a stop ends the list early', async (t) => {
  const control = new RunControl();
  t.after(() => control.close());
  let taken = 0;
  const input = chunks(Array.from({ length: 500 }, (_, n) => `${n}\n`));
  for await (const _ of list({ source: useFolder(t), input, control }) as AsyncIterable<unknown>) {
    taken += 1;
    if (taken === 5) control.stop();
  }
  assert.ok(taken >= 5 && taken < 60, `${taken} taken`);
});

test('a stop ends a list whose next record never comes', async (t) => {
  const control = new RunControl();
  t.after(() => control.close());
  const input = new PassThrough();
  input.write('a\nb');
  const items: Item<Found>[] = [];
  for await (const item of list({ source: useFolder(t), input, control }) as AsyncIterable<Item<Found>>) {
    items.push(item);
    control.fail(new BackupError('ENDPOINT_LOST', 'gone'));
  }
  assert.deepEqual(
    openOf(items).map(({ path }) => path),
    ['a'],
  );
  assert.equal(input.destroyed, true);
});

test('a list that breaks off is an error; with a run, that run fails in order', async (t) => {
  const source = useFolder(t);
  const broken = async function* () {
    yield 'a\nb';
    throw new Error('EIO');
  };
  await assert.rejects(collect(list({ source, input: broken() })), {
    code: 'LIST_UNREADABLE',
    message: /EIO/,
  });
  const control = new RunControl();
  t.after(() => control.close());
  const items = await collect<Found>(list({ source, input: broken(), control }));
  assert.deepEqual(
    openOf(items).map(({ path }) => path),
    ['a'],
  );
  assert.equal(control.failure?.code, 'LIST_UNREADABLE');
});

test('a missing source is an error, not an empty list', (t) => {
  const source = join(useFolder(t), 'missing');
  assert.throws(() => list({ source, input: chunks('a') }), { code: 'SOURCE_NOT_FOUND' });
});

test('only regular files inside the source are opened', async (t) => {
  const outside = useTree(t, { secret: 'x', 'sub/secret': 'x' });
  const source = useTree(t, { file: 'x', 'folder/inner': 'x' });
  symlinkSync(outside, join(source, 'linked'));
  symlinkSync(join(outside, 'secret'), join(source, 'link'));
  symlinkSync('folder', join(source, 'inside'));
  execFileSync('mkfifo', [join(source, 'fifo')]);
  mkdirSync(join(source, 'empty'));
  const names = [
    'file',
    'folder',
    'linked/secret',
    'linked/sub/secret',
    'link',
    'inside/inner',
    'fifo',
    'missing',
    'file/below',
    'no/such',
    'empty/',
  ];
  const items = await collect<{ path: string; content: { close(): void } }>(
    (list({ source, input: chunks(names.join('\n')) }) as unknown as NodeJS.ReadableStream).pipe(
      hash() as unknown as NodeJS.ReadWriteStream,
    ),
  );
  for (const { content } of openOf(items)) content.close();
  assert.deepEqual(
    openOf(items).map(({ path }) => path),
    ['file'],
  );
  assert.deepEqual(endsOf(items), {
    folder: 'failed IS_A_FOLDER',
    empty: 'failed IS_A_FOLDER',
    'linked/secret': 'failed OUTSIDE_SOURCE',
    'linked/sub/secret': 'failed OUTSIDE_SOURCE',
    link: 'skipped SYMBOLIC_LINK',
    'inside/inner': 'failed OUTSIDE_SOURCE',
    fifo: 'skipped SPECIAL_FILE',
    missing: 'failed NOT_FOUND',
    'file/below': 'failed UNREADABLE',
    'no/such': 'failed NOT_FOUND',
  });
});
