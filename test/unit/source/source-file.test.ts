import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sameState } from '../../../src/source/identity.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { SourceFile } from '../../../src/source/source-file.ts';
import { openSourceFolder } from '../../../src/source/source-folder.ts';
import { openBelow } from '../../support/descriptors.ts';
import { asNobody } from '../../support/nobody.ts';
import { useTree } from '../../support/tree.ts';

const LINUX = { skip: process.platform === 'linux' ? false : 'only Linux can read so' };

/** Opens a file, closes it again and says what came of it; whatever that is, nothing may stay open. */
function outcomeOf(source: string, path: string): string {
  try {
    SourceFile.open({ root: sourceRoot(source), path }).close();
    return 'opened';
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    assert.deepEqual(openBelow(source), []);
  }
}

test('opens a regular file at any depth and closes everything again', (t) => {
  const source = useTree(t, { top: '1', 'a/b/c/deep': '2', 'new\nline (deleted)/x': '3' });
  for (const path of ['top', 'a/b/c/deep', 'new\nline (deleted)/x'])
    assert.equal(outcomeOf(source, path), 'opened');
});

test('refuses links, folders, FIFOs and missing files, and leaves nothing open', (t) => {
  const outside = useTree(t, { secret: 'x' });
  const source = useTree(t, { 'real/file': 'x' });
  symlinkSync('real/file', join(source, 'link'));
  symlinkSync('real', join(source, 'linked'));
  symlinkSync(outside, join(source, 'out'));
  symlinkSync('link-loop', join(source, 'link-loop'));
  execFileSync('mkfifo', [join(source, 'fifo')]);
  const ends = {
    link: 'SYMBOLIC_LINK',
    'link-loop': 'SYMBOLIC_LINK',
    'linked/file': 'OUTSIDE_SOURCE',
    'out/secret': 'OUTSIDE_SOURCE',
    'link-loop/x': 'OUTSIDE_SOURCE',
    real: 'IS_A_FOLDER',
    fifo: 'SPECIAL_FILE',
    missing: 'NOT_FOUND',
    'missing/file': 'NOT_FOUND',
    'real/file/x': 'UNREADABLE',
    'real/file/x/y': 'UNREADABLE',
  };
  for (const [path, code] of Object.entries(ends)) assert.equal(outcomeOf(source, path), code, path);
});

test('refuses a file below a folder that was swapped for a link since the scan', (t) => {
  const outside = useTree(t, { 'b/file': 'not to be read' });
  const source = useTree(t, { 'a/b/file': 'x' });
  renameSync(join(source, 'a'), join(source, 'a-before'));
  symlinkSync(outside, join(source, 'a'));
  assert.equal(outcomeOf(source, 'a/b/file'), 'OUTSIDE_SOURCE');
});

test('refuses everything when the source itself was swapped for a link since it was resolved', (t) => {
  const outside = useTree(t, { file: 'not to be read' });
  const parent = useTree(t, { 'source/file': 'x' });
  const root = sourceRoot(join(parent, 'source'));
  renameSync(join(parent, 'source'), join(parent, 'before'));
  symlinkSync(outside, join(parent, 'source'));
  assert.throws(() => SourceFile.open({ root, path: 'file' }), { code: 'OUTSIDE_SOURCE' });
});

test('notices that its folder was moved, replaced or removed', (t) => {
  const changes: ((source: string) => void)[] = [
    (source) => renameSync(join(source, 'a'), join(source, 'moved')),
    (source) => rmSync(join(source, 'a'), { recursive: true }),
    (source) => {
      renameSync(join(source, 'a'), join(source, 'moved'));
      symlinkSync('moved', join(source, 'a'));
    },
    (source) => {
      renameSync(join(source, 'a'), join(source, 'moved'));
      mkdirSync(join(source, 'a'));
      writeFileSync(join(source, 'a/file'), 'x');
    },
  ];
  for (const change of changes) {
    const source = useTree(t, { 'a/file': 'x' });
    const root = sourceRoot(source);
    const file = SourceFile.open({ root, path: 'a/file' });
    const folder = openSourceFolder(root, 'a');
    assert.deepEqual([folder.inPlace(), file.identityUnderName()?.ino], [true, file.identity.ino]);
    change(source);
    assert.deepEqual([folder.inPlace(), file.identityUnderName()], [false, undefined]);
    file.close();
    folder.close();
  }
});

test('distinguishes its own state from any other', (t) => {
  const source = useTree(t, { file: 'x' });
  const file = SourceFile.open({ root: sourceRoot(source), path: 'file' });
  t.after(() => file.close());
  assert.equal(sameState(file.identityNow(), file.identity), true);
  for (const field of ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const) {
    assert.equal(
      sameState({ ...file.identity, [field]: file.identity[field] + 1n }, file.identity),
      false,
      field,
    );
  }
});

/** Reads a file and returns whether that changed its access time. Its times call for an update by the rule of `relatime`. */
function touches(source: string, path: string): boolean {
  utimesSync(join(source, path), 1_000, 2_000);
  const file = SourceFile.open({ root: sourceRoot(source), path });
  readSync(file.fd, Buffer.alloc(1), 0, 1, 0);
  file.close();
  return statSync(join(source, path)).atimeMs !== 1_000_000;
}

test('reading a file of our own leaves its access time alone', LINUX, (t) => {
  const source = useTree(t, { 'a/file': 'x' });
  assert.equal(touches(source, 'a/file'), false);
});

test("another user's files are read although their access times cannot be left alone", LINUX, async (t) => {
  const source = useTree(t, { 'a/one': 'x', 'a/two': 'x', 'b/three': 'x' });
  const root = sourceRoot(source);
  const ino = (path: string) => statSync(join(source, path), { bigint: true }).ino;
  await asNobody(async () => {
    const files = ['a/one', 'a/two', 'b/three'].map((path) => SourceFile.open({ root, path }));
    assert.deepEqual(
      files.map(({ identity }) => identity.ino),
      ['a/one', 'a/two', 'b/three'].map(ino),
    );
    for (const file of files) file.close();
  });
  assert.deepEqual(openBelow(source), []);
});

test('closing twice closes once', (t) => {
  const source = useTree(t, { one: 'x', two: 'x' });
  const root = sourceRoot(source);
  const one = SourceFile.open({ root, path: 'one' });
  one.close();
  // It gets the numbers of the descriptors that have just been closed.
  const two = SourceFile.open({ root, path: 'two' });
  one.close();
  assert.equal(two.identityNow().size, 1n);
  two.close();
});
