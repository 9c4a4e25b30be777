import assert from 'node:assert/strict';
import { symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pass, type Selected } from '../../../src/flow/item.ts';
import { Selection } from '../../../src/selection/selection.ts';
import { type SourceRoot, sourceRoot } from '../../../src/source/root.ts';
import { type FilterOptions, filter } from '../../../src/stages/filter.ts';
import { endsOf, found, openOf, settledOf, through } from '../../support/stages.ts';
import { useTree } from '../../support/tree.ts';

const NOWHERE: SourceRoot = { path: '/nowhere', given: '/nowhere' };

async function filtered(options: FilterOptions, ...paths: string[]) {
  const items = await through<Selected>(filter(options), found(NOWHERE, ...paths));
  return { taken: openOf(items).map(({ path }) => path), items };
}

test('selects every file by default, and examines none', async () => {
  assert.deepEqual((await filtered({}, 'a', '.b', 'c/d.e')).taken, ['a', '.b', 'c/d.e']);
});

test('the key is the prefix and the path, unchanged', async () => {
  for (const [prefix, key] of [
    [undefined, 'a b/ü.txt'],
    ['', 'a b/ü.txt'],
    ['p', 'p/a b/ü.txt'],
    ['/p/q//', 'p/q/a b/ü.txt'],
    ['/', 'a b/ü.txt'],
  ]) {
    const { items } = await filtered({ prefix }, 'a b/ü.txt');
    assert.deepEqual(
      openOf(items).map((file) => file.key),
      [key],
    );
  }
});

test('files and folders with reserved names, which no restore brings back, are not stored', async () => {
  const temporary = '.s3-backup-restore-0123456789abcdef01234567';
  const reserved = ['.s3-backup-claim-1', `a/${temporary}`, 'a/.s3-backup-claim-b/c', `${temporary}/d`];
  const others = ['.s3-backup-claim', 'x.s3-backup-claim-1', `${temporary}8`, '.s3-backup-restore-notes'];
  const { taken, items } = await filtered({}, ...reserved, ...others);
  assert.deepEqual(taken, others);
  assert.deepEqual(endsOf(items), Object.fromEntries(reserved.map((path) => [path, 'skipped OWN_FILE'])));
});

test('file extensions may have a star and a dot or not, in any case', async () => {
  const paths = ['a.pdf', 'b.PDF', 'c.Tar.Gz', 'pdf', 'd.pdfx', 'e.pdf/f', 'g.tar', '.pdf'];
  for (const extension of ['.pdf', 'pdf', '*.pdf', '*.PDF']) {
    assert.deepEqual((await filtered({ fileExtensions: [extension] }, ...paths)).taken, [
      'a.pdf',
      'b.PDF',
      '.pdf',
    ]);
  }
  assert.deepEqual((await filtered({ fileExtensions: ['tar.gz', 'x'] }, ...paths)).taken, ['c.Tar.Gz']);
  for (const all of ['*', '*.*', '.*']) {
    assert.equal((await filtered({ fileExtensions: ['.pdf', all] }, ...paths)).taken.length, paths.length);
  }
});

test('names, patterns and extensions match in either Unicode form', async () => {
  const paths = ['Fotos/é.prüf', 'Fotos/é.prüf'.normalize('NFD')];
  for (const form of ['NFC', 'NFD']) {
    const extension = 'prüf'.normalize(form);
    assert.deepEqual((await filtered({ fileExtensions: [extension] }, ...paths)).taken, paths);
    assert.deepEqual((await filtered({ include: ['é.*'.normalize(form)] }, ...paths)).taken, paths);
    assert.deepEqual((await filtered({ exclude: ['é.*'.normalize(form)] }, ...paths)).taken, []);
  }
});

test('an empty list of extensions selects no file', async () => {
  assert.deepEqual((await filtered({ fileExtensions: [] }, 'a', 'b.c')).taken, []);
});

for (const bad of ['', '.', 'a*', '*.p?f', '[a]', 'a/b', '{a,b}', 'a\\b']) {
  test(`${JSON.stringify(bad)} is refused as an extension`, () => {
    assert.throws(() => new Selection({ fileExtensions: [bad] }), {
      code: 'BAD_OPTION',
      message: `fileExtensions: ${JSON.stringify(bad)} is not an extension.`,
    });
  });
}

test('include and exclude together select files that match only the first', async () => {
  const paths = ['a.txt', 'tmp/b.txt', 'c.log', 'd/tmp.txt'];
  const { taken, items } = await filtered({ include: ['*.txt'], exclude: ['tmp/'] }, ...paths);
  assert.deepEqual(taken, ['a.txt', 'd/tmp.txt']);
  assert.deepEqual(endsOf(items), { 'tmp/b.txt': 'skipped EXCLUDED', 'c.log': 'skipped EXCLUDED' });
  assert.deepEqual(
    settledOf(items).map(({ reason }) => reason),
    ['an exclude pattern matches', 'no include pattern matches'],
  );
});

test('a pattern that cannot be used is refused with its option', () => {
  assert.throws(() => filter({ include: ['../x'] }), {
    code: 'BAD_OPTION',
    message: /^include: .*"\.\.\/x"/,
  });
  assert.throws(() => filter({ exclude: ['[z-a]'] }), { code: 'BAD_OPTION', message: /^exclude: / });
});

test('a folder is entered unless it is excluded; include patterns never close one', () => {
  const selection = new Selection({ include: ['deep/er/*.txt'], exclude: ['tmp', '/x/y'] });
  for (const folder of ['deep', 'other', 'x']) assert.equal(selection.enters(NOWHERE, folder), true, folder);
  for (const folder of ['tmp', 'a/tmp', 'x/y'])
    assert.equal(selection.enters(NOWHERE, folder), false, folder);
});

test('a key is measured in bytes, with its prefix, after the patterns', async () => {
  const fits = 'é'.repeat(511);
  const { taken, items } = await filtered({ prefix: 'p', exclude: ['*.x'] }, fits, `${fits}a`, `${fits}.x`);
  assert.deepEqual(taken, [fits]);
  assert.deepEqual(endsOf(items), { [`${fits}a`]: 'failed KEY_TOO_LONG', [`${fits}.x`]: 'skipped EXCLUDED' });
  assert.match(settledOf(items)[0]?.reason ?? '', /1025 bytes.*1024/);
});

test('files below the minimum age are skipped with their age', async (t) => {
  const source = useTree(t, { old: 'x', young: 'x', future: 'x' });
  const root = sourceRoot(source);
  const now = Date.now() / 1000;
  utimesSync(join(source, 'old'), now - 7200, now - 7200);
  utimesSync(join(source, 'young'), now - 60, now - 60);
  utimesSync(join(source, 'future'), now + 9999, now + 9999);
  const paths = ['old', 'young', 'future', 'missing'];
  const items = await through<Selected>(filter({ minAgeSeconds: 3600 }), found(root, ...paths));
  assert.deepEqual(
    openOf(items).map(({ path }) => path),
    // What has become of a file that is not there, the next stage finds out.
    ['old', 'missing'],
  );
  assert.deepEqual(endsOf(items), { young: 'skipped TOO_YOUNG', future: 'skipped TOO_YOUNG' });
  assert.match(settledOf(items)[0]?.reason ?? '', /modified 6\d s ago, less than 3600 s/);
});

test('files are selected by size and maximum age; a link by its target', async (t) => {
  const source = useTree(t, { small: '1', fits: '12345', big: '123456789', old: '12345' });
  symlinkSync('big', join(source, 'link'));
  utimesSync(join(source, 'old'), 1, 1);
  const options = { minSizeBytes: 5, maxSizeBytes: 8, maxAgeSeconds: 3600 };
  const link = pass({ root: sourceRoot(source), path: 'link', link: 'follow' as const });
  const files = found(sourceRoot(source), 'small', 'fits', 'big', 'old');
  const items = await through<Selected>(filter(options), [...files, link]);
  assert.deepEqual(
    openOf(items).map(({ path }) => path),
    ['fits'],
  );
  assert.deepEqual(endsOf(items), {
    small: 'skipped TOO_SMALL',
    big: 'skipped TOO_BIG',
    old: 'skipped TOO_OLD',
    link: 'skipped TOO_BIG',
  });
});

test('the lock of a run is not backed up', async () => {
  const lock = '.s3-backup-lock-0123abcd-0123456789ab';
  const others = ['.s3-backup-lock-x/held.json', `${lock}0/held.json`];
  const { taken, items } = await filtered({}, lock, `${lock}/held.json`, `tmp/${lock}/draft.json`, ...others);
  assert.deepEqual(taken, others);
  assert.deepEqual(endsOf(items), {
    [lock]: 'skipped OWN_FILE',
    [`${lock}/held.json`]: 'skipped OWN_FILE',
    [`tmp/${lock}/draft.json`]: 'skipped OWN_FILE',
  });
});
