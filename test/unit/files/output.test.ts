import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CliResult, runCli, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { useS3Server } from '../../support/s3-server.ts';

const WINDOWS = process.platform === 'win32' && 'Windows has no such owners and modes';
const NEEDS_ROOT = process.geteuid?.() === 0 ? false : 'only root can give a file to somebody else';
const SOMEBODY = 12_345;

/** Everything that the program writes to a path which somebody names. */
const OUTPUTS: Readonly<Record<string, (file: string) => readonly string[]>> = {
  '--output-json': (file) => ['--source', 'source', '--output-json', file],
  '--md5sums': (file) => ['--source', 'source', '--md5sums', file],
  '--log-file': (file) => ['--source', 'source', '--log-file', file],
  'restore --output-json': (file) => ['restore', '--to', 'back', '--output-json', file],
  'restore --log-file': (file) => ['restore', '--to', 'back', '--log-file', file],
};

interface Shared {
  /** A folder that everybody may write to. */
  readonly folder: string;
  /** A file outside of it that nobody but its owner may write to. */
  readonly victim: string;
  write(output: string, file: string): Promise<CliResult>;
}

async function useSharedFolder(t: TestContext, mode = 0o1777): Promise<Shared> {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const env = serverEnvironment(server);
  assert.equal((await runCli(workplace, ['--source', 'source'], { env })).code, 0);
  const folder = join(workplace.root, 'shared');
  mkdirSync(folder);
  chmodSync(folder, mode);
  const victim = workplace.write('victim', 'precious');
  return {
    folder,
    victim,
    write: (output, file) => runCli(workplace, OUTPUTS[output]?.(file) ?? [], { env }),
  };
}

function assertRefused({ code, stderr }: CliResult, why: RegExp): void {
  assert.equal(code, 1, stderr);
  assert.match(
    stderr,
    /^s3-backup: The (report|log file) cannot be written: .*\[(REPORT|LOG)_NOT_WRITABLE\]\n/,
  );
  assert.match(stderr, why);
}

for (const output of Object.keys(OUTPUTS)) {
  for (const mode of [0o777, 0o1777]) {
    test(`${output} does not go through a link in a folder of mode ${mode.toString(8)}`, {
      skip: WINDOWS,
    }, async (t) => {
      const { folder, victim, write } = await useSharedFolder(t, mode);
      const link = join(folder, 'out');
      symlinkSync(victim, link);
      assertRefused(await write(output, link), /out is a link in a folder that other users may write to/);
      assert.equal(readFileSync(victim, 'utf8'), 'precious');
      assert.ok(lstatSync(link).isSymbolicLink());
    });
  }

  test(`${output} makes no file where a link in such a folder points to`, { skip: WINDOWS }, async (t) => {
    const { folder, victim, write } = await useSharedFolder(t);
    symlinkSync(`${victim}-new`, join(folder, 'out'));
    assertRefused(await write(output, join(folder, 'out')), /out is a link in a folder/);
    assert.equal(existsSync(`${victim}-new`), false);
  });

  test(`${output} does not go through a linked folder in such a folder`, { skip: WINDOWS }, async (t) => {
    const { folder, victim, write } = await useSharedFolder(t);
    symlinkSync(join(victim, '..'), join(folder, 'logs'));
    assertRefused(await write(output, join(folder, 'logs/victim')), /logs is a link in a folder/);
    assertRefused(await write(output, join(folder, 'logs/new/other')), /logs is a link in a folder/);
    assert.equal(readFileSync(victim, 'utf8'), 'precious');
    assert.equal(existsSync(join(victim, '../new')), false);
  });

  test(`${output} does not go into another user's file there`, { skip: NEEDS_ROOT }, async (t) => {
    const { folder, write } = await useSharedFolder(t);
    const file = join(folder, 'out');
    writeFileSync(file, 'theirs', { mode: 0o666 });
    chownSync(file, SOMEBODY, SOMEBODY);
    assertRefused(await write(output, file), /out belongs to user 12345/);
    assert.deepEqual([readFileSync(file, 'utf8'), lstatSync(file).uid], ['theirs', SOMEBODY]);
  });

  test(`${output} does not go into a file there that has another name elsewhere`, {
    skip: WINDOWS,
  }, async (t) => {
    const { folder, victim, write } = await useSharedFolder(t);
    linkSync(victim, join(folder, 'out'));
    assertRefused(await write(output, join(folder, 'out')), /out has 2 hard links/);
    assert.equal(readFileSync(victim, 'utf8'), 'precious');
  });

  test(`${output} in such a folder is written anew, and over a file of one's own`, {
    skip: WINDOWS,
  }, async (t) => {
    const { folder, write } = await useSharedFolder(t);
    mkdirSync(join(folder, 'new'), { mode: 0o755 });
    for (const _run of ['first', 'second']) {
      const { code, stderr } = await write(output, join(folder, 'new/out'));
      assert.deepEqual([code, stderr], [0, '']);
      const { mode, size } = lstatSync(join(folder, 'new/out'));
      assert.equal(mode & 0o777, 0o600);
      assert.ok(size > 0);
    }
  });

  test(`${output} goes through a link in a folder that nobody else may write to`, async (t) => {
    const { folder, victim, write } = await useSharedFolder(t, 0o755);
    symlinkSync(victim, join(folder, 'out'));
    const { code, stderr } = await write(output, join(folder, 'out'));
    assert.deepEqual([code, stderr], [0, '']);
    assert.notEqual(readFileSync(victim, 'utf8'), 'precious');
    assert.ok(lstatSync(join(folder, 'out')).isSymbolicLink());
  });
}

test("in another user's folder nothing goes through a link or into that user's file", {
  skip: NEEDS_ROOT,
}, async (t) => {
  const { folder, victim, write } = await useSharedFolder(t, 0o755);
  chownSync(folder, SOMEBODY, SOMEBODY);
  symlinkSync(victim, join(folder, 'link'));
  assertRefused(await write('--output-json', join(folder, 'link')), /link is a link in a folder/);
  writeFileSync(join(folder, 'file'), '');
  chownSync(join(folder, 'file'), SOMEBODY, SOMEBODY);
  assertRefused(await write('--log-file', join(folder, 'file')), /file belongs to user 12345/);
  assert.equal((await write('--output-json', join(folder, 'new'))).code, 0);
  assert.equal(readFileSync(victim, 'utf8'), 'precious');
});

test('a folder that others may rename is as one that they may write to', { skip: WINDOWS }, async (t) => {
  const { folder, victim, write } = await useSharedFolder(t, 0o777);
  mkdirSync(join(folder, 'mine'), { mode: 0o755 });
  symlinkSync(victim, join(folder, 'mine/out'));
  assertRefused(await write('--output-json', join(folder, 'mine/out')), /out is a link in a folder/);
  chmodSync(folder, 0o1777);
  assert.equal((await write('--output-json', join(folder, 'mine/out'))).code, 0);
});

test("a group that is not the user's own counts as others", { skip: NEEDS_ROOT }, async (t) => {
  const { folder, victim, write } = await useSharedFolder(t, 0o775);
  symlinkSync(victim, join(folder, 'out'));
  chownSync(folder, 0, SOMEBODY);
  assertRefused(await write('--output-json', join(folder, 'out')), /out is a link in a folder/);
  assert.equal(readFileSync(victim, 'utf8'), 'precious');
  chownSync(folder, 0, 0);
  assert.equal((await write('--output-json', join(folder, 'out'))).code, 0);
});
