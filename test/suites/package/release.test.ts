import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { useFolder } from '../../support/tree.ts';

const SCRIPT = resolve('scripts/release.js');
const OLDER = '# Changelog\n\nWhat users notice.\n\n## 0.1.0 (2026-01-01)\n\n- run: it runs\n';
const TODAY = new Date().toISOString().slice(0, 10);

/** A clone with one committed release and these fragments. */
function useClone(t: TestContext, fragments: Readonly<Record<string, string>>, changelog = OLDER) {
  const folder = useFolder(t);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  const release = (...args: string[]) =>
    spawnSync(process.execPath, [SCRIPT, ...args], { cwd: folder, encoding: 'utf8' });
  write('package.json', '{ "name": "small", "version": "0.1.0", "files": ["a.txt"] }\n');
  write(
    'package-lock.json',
    '{ "name": "small", "version": "0.1.0", "packages": { "": { "version": "0.1.0" } } }\n',
  );
  write('a.txt', 'a');
  write('.gitignore', 'release/\n');
  write('CHANGELOG.md', changelog);
  for (const [name, text] of Object.entries(fragments)) write(`changelog/unreleased/${name}`, text);
  git('init', '--quiet');
  git('config', 'user.name', 'A');
  git('config', 'user.email', 'a@example.com');
  git('add', '.');
  git('commit', '--quiet', '--message', 'begin');
  return { folder, git, read, write, release };
}

test('a release collects the fragments, sets the version, and leaves a tag and a tarball with its checksum', (t) => {
  const { folder, git, read, release } = useClone(t, {
    'z.md': 'restore: two lines\n  that belong together\n',
    'a.md': 'upload: one\nlist: another\n',
  });
  const { status, stdout, stderr } = release('0.2.0');
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /Nothing is pushed or published/);
  const entries = '- list: another\n- restore: two lines\n  that belong together\n- upload: one\n';
  const [head, older] = OLDER.split('## ');
  assert.equal(read('CHANGELOG.md'), `${head}## 0.2.0 (${TODAY})\n\n${entries}\n## ${older}`);
  assert.equal(existsSync(join(folder, 'changelog/unreleased/a.md')), false);
  assert.equal(JSON.parse(read('package.json')).version, '0.2.0');
  const lock = JSON.parse(read('package-lock.json'));
  assert.deepEqual([lock.version, lock.packages[''].version], ['0.2.0', '0.2.0']);
  assert.equal(git('log', '-1', '--format=%s', 'v0.2.0'), 'release: 0.2.0');
  assert.equal(git('status', '--porcelain'), '');
  const tarball = 'small-0.2.0.tgz';
  assert.deepEqual(readdirSync(join(folder, 'release')).sort(), [tarball, `${tarball}.sha256`]);
  const digest = createHash('sha256')
    .update(readFileSync(join(folder, 'release', tarball)))
    .digest('hex');
  assert.equal(read(`release/${tarball}.sha256`), `${digest}  ${tarball}\n`);
});

test('the first release of a version that the changelog has as unreleased keeps its text', (t) => {
  const { read, release } = useClone(t, { 'a.md': 'run: more\n' }, OLDER.replace('2026-01-01', 'unreleased'));
  assert.equal(release('0.1.0').status, 0);
  assert.equal(read('CHANGELOG.md'), `${OLDER.replace('2026-01-01', TODAY)}- run: more\n`);
});

test('a release is refused, and changes nothing, if something is not as it must be', (t) => {
  const { git, read, write, release } = useClone(t, { 'a.md': 'run: more\n' });
  const refused = (args: readonly string[], why: RegExp) => {
    const head = git('rev-parse', 'HEAD');
    const { status, stderr } = release(...args);
    assert.equal(status, 1);
    assert.match(stderr, why);
    assert.deepEqual([git('rev-parse', 'HEAD'), read('CHANGELOG.md')], [head, OLDER]);
  };
  refused([], /the version is missing; allowed is MAJOR\.MINOR\.PATCH/);
  refused(['1.0'], /the version is 1\.0;/);
  refused(['0.1.0'], /0\.1\.0 is not above the present version 0\.1\.0/);
  git('tag', 'v0.3.0');
  refused(['0.3.0'], /the tag v0\.3\.0 exists already/);
  write('b.txt', 'b');
  refused(['0.2.0'], /changes that are not committed:\n\?\? b\.txt/);
  git('add', '.');
  git('commit', '--quiet', '--message', 'more');
  write('changelog/unreleased/b.md', 'Without an area.\n');
  git('add', '.');
  git('commit', '--quiet', '--message', 'a fragment');
  refused(['0.2.0'], /b\.md: "Without an area\." is not of the form "area: what a user gets"/);
});

test('a release without fragments is refused', (t) => {
  const { release } = useClone(t, {});
  assert.match(release('0.2.0').stderr, /changelog\/unreleased has no fragments/);
});
