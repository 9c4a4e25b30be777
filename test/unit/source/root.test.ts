import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildSync } from 'esbuild';
import { BackupError } from '../../../src/core/errors.ts';
import { absolutePath, isFilesystemRoot, sourceRoot } from '../../../src/source/root.ts';
import { sourceFile } from '../../support/sources.ts';
import { useFolder } from '../../support/tree.ts';

const NOBODY = 65_534;

test('resolves the links on the way to the source and remembers how it was named', (t) => {
  const folder = useFolder(t);
  mkdirSync(join(folder, 'real'));
  symlinkSync('real', join(folder, 'link'));
  assert.deepEqual(sourceRoot(join(folder, 'link/')), {
    path: realpathSync(join(folder, 'real')),
    given: join(folder, 'link'),
  });
});

test('says whether the source is missing or a file', (t) => {
  const folder = useFolder(t);
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('nowhere', join(folder, 'broken'));
  symlinkSync('loop', join(folder, 'loop'));
  const ends = { missing: 'SOURCE_NOT_FOUND', broken: 'SOURCE_NOT_FOUND', file: 'SOURCE_NOT_A_FOLDER' };
  for (const [name, code] of Object.entries({
    ...ends,
    'file/x': 'SOURCE_NOT_A_FOLDER',
    loop: 'SOURCE_UNREADABLE',
  })) {
    assert.throws(
      () => sourceRoot(join(folder, name)),
      (error) =>
        error instanceof BackupError && error.code === code && error.message.includes(join(folder, name)),
    );
  }
});

for (const mode of [0o000, 0o444, 0o111]) {
  test(`a source with mode ${mode.toString(8).padStart(3, '0')} is unreadable to other users`, (t) => {
    const folder = useFolder(t);
    chmodSync(folder, mode);
    // access(2) goes by the real user, so another process looks; that may not be able to read this project's folder.
    const script = `${sourceRootAsText()}
      try { sourceRoot(process.argv[1]); console.log('usable'); } catch (error) { console.log(error.code); }`;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, folder], {
      encoding: 'utf8',
      ...(process.getuid?.() === 0 && { cwd: '/', uid: NOBODY, gid: NOBODY }),
    });
    assert.equal(stdout.trim(), 'SOURCE_UNREADABLE', stderr);
    chmodSync(folder, 0o755);
  });
}

function sourceRootAsText(): string {
  const { outputFiles } = buildSync({
    entryPoints: [sourceFile('source/root.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'iife',
    globalName: 'made',
  });
  return `${outputFiles[0]?.text} const { sourceRoot } = made;`;
}

test('knows the root of the file system, and paths below it', () => {
  const root = sourceRoot('/');
  assert.equal(isFilesystemRoot(root), true);
  assert.equal(absolutePath(root, 'etc/x'), '/etc/x');
  assert.equal(absolutePath(root, ''), '/');
  assert.equal(isFilesystemRoot(sourceRoot('/tmp')), false);
  assert.equal(absolutePath({ path: '/tmp', given: '/tmp' }, 'a/b'), '/tmp/a/b');
});
