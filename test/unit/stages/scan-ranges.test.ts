import assert from 'node:assert/strict';
import { chmodSync, Dirent, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { queryObjects } from 'node:v8';
import fc from 'fast-check';
import { compareKeys, keyFor } from '../../../src/core/key.ts';
import { holdsKey, type KeyRange } from '../../../src/core/key-range.ts';
import { RunControl } from '../../../src/flow/run-control.ts';
import { type ScanOptions, scan } from '../../../src/stages/scan.ts';
import { leaveClaimed } from '../../support/claims.ts';
import { asNobody } from '../../support/nobody.ts';
import { collect, endsOf, openOf } from '../../support/stages.ts';
import { addFiles, filesIn, useFolder, useTree } from '../../support/tree.ts';

/** Ranges that meet at these cuts, and together hold every key. */
function rangesAt(cuts: readonly string[]): KeyRange[] {
  const sorted = [...new Set(cuts)].filter((cut) => cut !== '').sort(compareKeys);
  return [undefined, ...sorted].map((from, place) => ({ from, to: sorted[place] }));
}

/** The keys of the files that a scan yields, and what became of the others. */
async function scanned(source: string, options: Omit<ScanOptions, 'source'> = {}) {
  const items = await collect<{ path: string; link?: 'follow' | 'store' }>(scan({ source, ...options }));
  const keys = openOf(items).map(({ path, link }) => keyFor('', path, link));
  const ends = items.flatMap((item) => (item.settled ? [item.settlement.path] : []));
  return { keys, ends };
}

const NAMES = [
  'a',
  'a.txt',
  'a-',
  'a0',
  'a.rclonelink',
  'b',
  'B',
  '\u00e9',
  '\ud7ff',
  '\ue000',
  '\uff5e',
  '\u{1f600}',
];
const name = fc.constantFrom(...NAMES);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const kind = fc.constantFrom('file', 'file', 'file', 'folder', 'link');
/** What a cut adds to a path: its folder, what is below or behind the folder, what sorts just before or behind it. */
const ENDS = ['', '/', '0', '\0', '.', '-', '/a', '/\u{1f600}', '.rclonelink'];
const place = fc.tuple(fc.nat(), path, fc.boolean(), fc.constantFrom(...ENDS));

for (const links of ['skip', 'store'] as const) {
  for (const inKeyOrder of [false, true]) {
    const how = `${inKeyOrder ? 'in key order' : 'in any order'}, links: ${links}`;
    test(`ranges that meet at any cuts have every file once, ${how}`, async () => {
      const entries = fc.uniqueArray(fc.tuple(path, kind), { maxLength: 40, selector: ([each]) => each });
      const cuts = fc.array(place, { minLength: 1, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(entries, cuts, async (given, places) => {
          const kept = given.filter(([one]) => !given.some(([other]) => other.startsWith(`${one}/`)));
          await withTree(kept, async (source) => {
            const whole = await scanned(source, { links });
            const parts = [];
            const cutKeys = places.map(([number, elsewhere, isNear, end]) => {
              const [near = elsewhere] = kept[number % kept.length] ?? [];
              return (isNear ? near : elsewhere) + end;
            });
            for (const range of rangesAt(cutKeys)) {
              const part = await scanned(source, { range, links, inKeyOrder });
              assert.ok(part.keys.every((key) => holdsKey(range, key)));
              assert.ok(part.ends.every((key) => holdsKey(range, key)));
              parts.push(part);
            }
            const keys = parts.flatMap((part) => part.keys);
            assert.deepEqual(inKeyOrder ? keys : keys.sort(compareKeys), whole.keys.sort(compareKeys));
            assert.deepEqual(parts.flatMap((part) => part.ends).sort(), whole.ends.sort());
          });
        }),
        { numRuns: 40 },
      );
    });
  }
}

/** Makes a tree of files, empty folders and links, and removes it after `work`. */
async function withTree(
  entries: readonly (readonly [path: string, kind: string])[],
  work: (source: string) => Promise<void>,
): Promise<void> {
  const cleanups: (() => void)[] = [];
  const source = useFolder({ after: (cleanup: () => void) => cleanups.push(cleanup) } as never);
  try {
    for (const [path, kind] of entries) {
      addFiles(
        source,
        kind === 'link' ? { [`${path}/../`]: '' } : { [kind === 'folder' ? `${path}/` : path]: '' },
      );
      if (kind === 'link') symlinkSync('target', join(source, path));
    }
    await work(source);
  } finally {
    for (const cleanup of cleanups) cleanup();
  }
}

test('neighbours of a folder in the order of keys come in the ranges of their keys', async (t) => {
  const ranges = rangesAt(['a', 'a.txt', 'a/', 'a0', 'a0\0']);
  const keysIn = async (files: readonly string[]) => {
    const source = useTree(t, Object.fromEntries(files.map((file) => [file, ''])));
    const parts = await Promise.all(ranges.map((range) => scanned(source, { range })));
    return parts.map(({ keys }) => keys);
  };
  assert.deepEqual(await keysIn(['a.txt', 'a/b', 'a0', 'b/a']), [
    [],
    [],
    ['a.txt'],
    ['a/b'],
    ['a0'],
    ['b/a'],
  ]);
  assert.deepEqual(await keysIn(['a', 'a.txt', 'a0']), [[], ['a'], ['a.txt'], [], ['a0'], []]);
});

test('folders that can hold no key of the range are not entered', async (t) => {
  const source = useTree(t, { 'a/1': '', 'b/1/x': '', 'b/2/x': '', 'b/3/x': '', 'b.x/1': '', 'c/1': '' });
  const entered: string[] = [];
  const enter = (path: string) => {
    entered.push(path);
    return true;
  };
  const { keys } = await scanned(source, { range: { from: 'b/2/', to: 'b/3' }, enter });
  assert.deepEqual([keys, entered], [['b/2/x'], ['b', 'b/2']]);
});

test('a range takes the memory of its own part of a large folder', async (t) => {
  const names = Array.from({ length: 6_000 }, (_, n) => String(n).padStart(4, '0'));
  const source = useTree(t, Object.fromEntries(names.map((each) => [`flat/${each}`, ''])));
  const range = { from: 'flat/3000', to: 'flat/3100' };
  const keys: string[] = [];
  let held = 0;
  for await (const item of scan({ source, range, inKeyOrder: true })) {
    if (keys.length === 0) held = queryObjects(Dirent, { format: 'count' });
    keys.push((item as unknown as { file: { path: string } }).file.path);
  }
  assert.deepEqual(
    keys,
    names.slice(3000, 3100).map((each) => `flat/${each}`),
  );
  // Its own part, and as many as the system brought at once.
  assert.ok(held < 100 + 2 * 1024, `${held} entries in memory`);
});

test('a stop ends the listing of a folder that a range cuts', async (t) => {
  const control = new RunControl(AbortSignal.abort());
  t.after(() => control.close());
  const source = useTree(t, { a: '', b: '' });
  assert.deepEqual(await scanned(source, { range: { from: 'a' }, control }), { keys: [], ends: [] });
});

test('a folder that cannot be listed comes in each range that reaches into it', async (t) => {
  const source = useTree(t, { a: '', 'locked/1': '', 'locked/9': '', z: '' });
  chmodSync(join(source, 'locked'), 0o000);
  const ranges = rangesAt(['locked/5', 'm']);
  const parts = await asNobody(() => Promise.all(ranges.map((range) => scanned(source, { range }))));
  assert.deepEqual(parts, [
    { keys: ['a'], ends: ['locked'] },
    { keys: [], ends: ['locked'] },
    { keys: ['z'], ends: [] },
  ]);
});

test('a claimed file is put back by the range that needs it, wherever the name of its claim sorts', async (t) => {
  const source = useTree(t, { 'd/a': '1', 'd/m': '2', 'd/z': '3' });
  leaveClaimed(join(source, 'd/m'));
  const restored: string[] = [];
  const onRestored = (path: string) => void restored.push(path);
  const range = { from: 'd/b', to: 'd/y' };
  assert.deepEqual(await scanned(source, { range, recovers: true, onRestored }), { keys: ['d/m'], ends: [] });
  assert.deepEqual([restored, String(filesIn(source).get('d/m'))], [['d/m'], '2']);
});

test('a claim that stays comes in one range', async (t) => {
  const source = useTree(t, { 'd/a': '1', 'd/m': '2', 'd/z': '3' });
  leaveClaimed(join(source, 'd/m'));
  const ends: string[] = [];
  for (const range of rangesAt(['d/b', 'd/y'])) {
    const items = await collect(scan({ source, range }));
    ends.push(...Object.values(endsOf(items)));
  }
  assert.deepEqual(ends, ['skipped OWN_FILE']);
});

test('a range that ends before it begins, or has half a surrogate pair, is refused', (t) => {
  const source = useTree(t, { a: '' });
  assert.throws(() => scan({ source, range: { from: 'b', to: 'a' } }), {
    code: 'BAD_OPTION',
    message:
      'range is from "b" to "a"; allowed is a `from` that sorts before `to` in the order of their UTF-8 bytes.',
  });
  assert.throws(() => scan({ source, range: { from: 'a\ud83d' } }), {
    code: 'BAD_OPTION',
    message: /^range\.from is "a.+"; allowed is a string without half a surrogate pair\.$/,
  });
});
