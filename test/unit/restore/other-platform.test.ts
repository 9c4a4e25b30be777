/** A restore on a system without /proc, where folders are checked by their paths. */
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { contentOf, useRestorePlace } from '../../support/restore.ts';

const program = useProgram();
const PRELOAD = resolve('test/support/preload/other-platform.mjs');

test('without /proc, files, folders and links come back, and an unused new folder is removed', {
  skip: process.platform !== 'linux' && 'this system is one',
}, async (t) => {
  const place = await useRestorePlace(t);
  await place.put('a/b/file', 'content');
  await place.put('a/link.rclonelink', 'b/file', { Metadata: { mtime: '1000000000' } });
  await place.put('made/', '');
  const workplace = useWorkplace(t);
  const env = { ...serverEnvironment(place.server), PLATFORM: 'darwin', TMPDIR: workplace.root };
  const run = (...args: string[]) =>
    start([process.execPath, '--import', PRELOAD, program.bin, 'restore', '--links', '--quiet', ...args], {
      workplace,
      env,
    }).ended;

  for (const overwrite of [[], ['--overwrite']]) {
    const { code, stderr } = await run('--to', 'x/back', ...overwrite);
    assert.deepEqual([code, stderr], [0, '']);
    const back = join(workplace.cwd, 'x/back');
    assert.deepEqual(contentOf(back), {
      'a/': '',
      'a/b/': '',
      'a/b/file': 'content',
      'a/link': '-> b/file',
      'made/': '',
    });
    assert.equal(lstatSync(join(back, 'a/link')).mtimeMs, 1_000_000_000_000);
  }
  mkdirSync(join(workplace.cwd, 'y'));
  assert.equal((await run('nothing', '--to', 'y/z/back')).code, 1);
  assert.deepEqual(readdirSync(join(workplace.cwd, 'y')), []);
});
