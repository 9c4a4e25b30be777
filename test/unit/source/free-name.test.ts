import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { moveToFreeName } from '../../../src/source/free-name.ts';
import { disturb } from '../../support/system-calls.ts';
import { useFolder } from '../../support/tree.ts';

/** As a file system without hard links answers. */
function withoutLinks(t: TestContext): void {
  const act = () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  };
  disturb(t, { call: 'linkSync', when: 'before', act });
}

for (const links of [true, false]) {
  const how = links ? 'by a hard link' : 'without hard links';

  test(`moves a file to a free name with its mode and times (${how})`, (t) => {
    const folder = useFolder(t);
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    writeFileSync(from, 'content');
    chmodSync(from, 0o640);
    utimesSync(from, 1_700_000_000, 1_700_000_001);
    const { ino } = statSync(from);
    if (!links) withoutLinks(t);
    assert.equal(moveToFreeName(from, to), true);
    assert.deepEqual(readdirSync(folder), ['to']);
    const stats = statSync(to);
    assert.equal(readFileSync(to, 'utf8'), 'content');
    assert.deepEqual([stats.mode & 0o777, stats.mtimeMs], [0o640, 1_700_000_001_000]);
    // A process that has it open keeps writing to it.
    assert.equal(stats.ino, ino);
  });

  test(`replaces no file that has the name already (${how})`, (t) => {
    const folder = useFolder(t);
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    writeFileSync(from, 'content');
    writeFileSync(to, 'of somebody else');
    if (!links) withoutLinks(t);
    assert.equal(moveToFreeName(from, to), false);
    assert.equal(readFileSync(from, 'utf8'), 'content');
    assert.equal(readFileSync(to, 'utf8'), 'of somebody else');
  });
}

test('moves a link as a link, if links cannot have hard links', (t) => {
  const folder = useFolder(t);
  symlinkSync('nowhere', join(folder, 'from'));
  withoutLinks(t);
  assert.equal(moveToFreeName(join(folder, 'from'), join(folder, 'to')), true);
  assert.equal(readlinkSync(join(folder, 'to')), 'nowhere');
  assert.equal(lstatSync(join(folder, 'from'), { throwIfNoEntry: false }), undefined);
});

for (const [what, put, isFree] of [
  ['nothing', () => undefined, true],
  ['an empty folder', (path: string) => mkdirSync(path), false],
  [
    'a folder with something in it',
    (path: string) => mkdirSync(join(path, 'inner'), { recursive: true }),
    false,
  ],
  ['a file', (path: string) => writeFileSync(path, 'x'), false],
  ['a link', (path: string) => symlinkSync('from', path), false],
] as const) {
  test(`a folder ${isFree ? 'takes' : 'does not take'} a name that ${what} has`, (t) => {
    const folder = useFolder(t);
    mkdirSync(join(folder, 'from/content'), { recursive: true });
    put(join(folder, 'to'));
    assert.equal(moveToFreeName(join(folder, 'from'), join(folder, 'to')), isFree);
    assert.ok(statSync(join(folder, isFree ? 'to' : 'from', 'content')).isDirectory());
  });
}

test('a missing file is an error', (t) => {
  const folder = useFolder(t);
  assert.throws(() => moveToFreeName(join(folder, 'from'), join(folder, 'to')), { code: 'ENOENT' });
  assert.deepEqual(readdirSync(folder), []);
});

test('a placeholder is removed if the file cannot take its name', (t) => {
  const folder = useFolder(t);
  writeFileSync(join(folder, 'from'), 'content');
  withoutLinks(t);
  const act = () => {
    throw Object.assign(new Error('EPERM: operation not permitted, rename'), { code: 'EPERM' });
  };
  disturb(t, { call: 'renameSync', when: 'before', act });
  assert.throws(() => moveToFreeName(join(folder, 'from'), join(folder, 'to')), { code: 'EPERM' });
  assert.deepEqual(readdirSync(folder), ['from']);
});
