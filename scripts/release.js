/**
 * Makes a release of a clean clone: `npm run release -- 0.2.0`. Collects the fragments of changelog/unreleased into
 * CHANGELOG.md, sets the version, commits and tags both, and packs a tarball with its SHA-256 into release/. Publishes
 * nothing, and pushes nothing.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const FRAGMENTS = 'changelog/unreleased';
const CHANGELOG = 'CHANGELOG.md';
const OUTPUT = 'release';
const ENTRY = /^[a-z0-9, -]+: \S.*$/;

try {
  release(process.argv[2]);
} catch (error) {
  process.stderr.write(`release: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/** @param {string | undefined} version */
function release(version) {
  const current = readPackage('package.json').version;
  requireVersion(version, current);
  requireCleanClone(version);
  const entries = fragments().flatMap(entriesOf).sort();
  const changelog = withRelease(readFileSync(CHANGELOG, 'utf8'), version, entries);
  writeFileSync(CHANGELOG, changelog);
  for (const file of fragments()) rmSync(file);
  for (const file of ['package.json', 'package-lock.json']) setVersion(file, version);
  git('add', '--all', CHANGELOG, FRAGMENTS, 'package.json', 'package-lock.json');
  git('commit', '--quiet', '--no-verify', '--message', `release: ${version}`);
  git('tag', '--annotate', `v${version}`, '--message', `${version}`);
  mkdirSync(OUTPUT, { recursive: true });
  const [{ filename }] = JSON.parse(run('npm', 'pack', '--json', '--silent', '--pack-destination', OUTPUT));
  const digest = createHash('sha256')
    .update(readFileSync(join(OUTPUT, filename)))
    .digest('hex');
  writeFileSync(join(OUTPUT, `${filename}.sha256`), `${digest}  ${filename}\n`);
  process.stdout.write(
    `v${version} is committed and tagged; ${OUTPUT}/${filename} and its checksum are there.\n` +
      `Nothing is pushed or published.\n`,
  );
}

/** @returns {asserts version is string} */
function requireVersion(version, current) {
  if (!/^\d+\.\d+\.\d+$/.test(version ?? ''))
    throw new Error(
      `the version is ${version ?? 'missing'}; allowed is MAJOR.MINOR.PATCH: npm run release -- 0.2.0`,
    );
  const isFirst = version === current && hasUnreleased(readFileSync(CHANGELOG, 'utf8'), version);
  if (!isFirst && compareVersions(version, current) <= 0)
    throw new Error(`${version} is not above the present version ${current}`);
}

function compareVersions(a, b) {
  const [x, y] = [a, b].map((text) => text.split('.').map(Number));
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
}

function requireCleanClone(version) {
  const changes = git('status', '--porcelain');
  if (changes !== '') throw new Error(`the clone has changes that are not committed:\n${changes}`);
  if (git('tag', '--list', `v${version}`) !== '') throw new Error(`the tag v${version} exists already`);
}

function fragments() {
  if (!existsSync(FRAGMENTS)) return [];
  return readdirSync(FRAGMENTS)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => join(FRAGMENTS, name));
}

/** One entry a line; a line that is indented belongs to the one above. */
function entriesOf(file) {
  const entries = readFileSync(file, 'utf8')
    .trimEnd()
    .split(/\n(?! )/);
  for (const entry of entries) {
    const [first = ''] = entry.split('\n');
    if (!ENTRY.test(first))
      throw new Error(`${file}: "${first}" is not of the form "area: what a user gets"`);
  }
  return entries.map((entry) => `- ${entry}`);
}

function hasUnreleased(changelog, version) {
  return changelog.includes(`\n## ${version} (unreleased)\n`);
}

function withRelease(changelog, version, entries) {
  const heading = `## ${version} (${new Date().toISOString().slice(0, 10)})`;
  const list = entries.map((entry) => `${entry}\n`).join('');
  if (hasUnreleased(changelog, version)) {
    const [before, after] = changelog.split(`## ${version} (unreleased)\n`);
    const [own, ...older] = after.split(/(?=^## )/m);
    const rest = older.length > 0 ? `\n${older.join('')}` : '';
    return `${before}${heading}\n${own.trimEnd()}\n${list}${rest}`;
  }
  if (entries.length === 0) throw new Error(`${FRAGMENTS} has no fragments, so there is nothing to release`);
  const at = changelog.search(/^## /m);
  const [head, older] = at === -1 ? [changelog, ''] : [changelog.slice(0, at), changelog.slice(at)];
  return `${head.trimEnd()}\n\n${heading}\n\n${list}${older === '' ? '' : `\n${older}`}`;
}

function readPackage(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function setVersion(file, version) {
  const json = readPackage(file);
  json.version = version;
  if (json.packages?.['']) json.packages[''].version = version;
  writeFileSync(file, `${JSON.stringify(json, null, 2)}\n`);
}

function git(...args) {
  return run('git', ...args).trimEnd();
}

function run(command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
