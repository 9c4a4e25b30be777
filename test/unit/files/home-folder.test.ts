import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { type TestContext, test } from 'node:test';
import { knownHome, requireHomeFolder } from '../../../src/files/home-folder.ts';

const POSIX_ONLY = process.platform === 'win32' && 'Windows asks for another variable';
const NEEDS_ROOT = process.geteuid?.() === 0 ? false : 'only root can be somebody else';

function useHome(t: TestContext, home: string | undefined, user?: number): void {
  const before = process.env.HOME;
  t.after(() => {
    if (user !== undefined) process.seteuid?.(0);
    if (before === undefined) delete process.env.HOME;
    else process.env.HOME = before;
  });
  if (home === undefined) delete process.env.HOME;
  else process.env.HOME = home;
  if (user !== undefined) process.seteuid?.(user);
}

for (const home of ['', '.', 'a/b'])
  test(`HOME=${home} is replaced by the home folder of passwd`, { skip: POSIX_ONLY }, (t) => {
    useHome(t, home);
    requireHomeFolder();
    assert.equal(process.env.HOME, knownHome());
    assert.equal(homedir(), knownHome());
  });

test('an absolute HOME stays, and a missing one if passwd has an entry', { skip: POSIX_ONLY }, (t) => {
  useHome(t, '/nowhere/at/all');
  requireHomeFolder();
  assert.equal(process.env.HOME, '/nowhere/at/all');
  delete process.env.HOME;
  requireHomeFolder();
  assert.equal(process.env.HOME, undefined);
});

for (const home of [undefined, ''])
  test(`without an entry in passwd HOME=${home} becomes a path without files`, { skip: NEEDS_ROOT }, (t) => {
    useHome(t, home, 123_456);
    assert.equal(knownHome(), undefined);
    requireHomeFolder();
    assert.equal(process.env.HOME, '/dev/null');
  });
