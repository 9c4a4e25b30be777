/**
 * Runs test files with node:test: `tsx test/run-tests.ts [folder or file ...]`, by default every test but the slow
 * suites. Node 20 finds no TypeScript tests by itself and then reports success, so the files are named here and a run
 * of none fails.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';

const SLOW = [
  'test/suites/real',
  'test/suites/torture',
  'test/suites/processes',
  'test/suites/large',
  'test/suites/wire',
  'test/suites/network',
  'test/suites/interop',
  'test/suites/nodes',
];

/** Test files that share a process, since starting one takes as long as the tests of most files. */
const FILES_PER_PROCESS = 16;

// A developer's proxy does not lead to servers of this machine.
for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy']) delete process.env[name];

const named = process.argv.slice(2);
const files = named.length > 0 ? named.flatMap(testsIn) : testsIn('test').filter((file) => !isSlow(file));
if (files.length === 0) {
  process.stderr.write('no test files found\n');
  process.exit(1);
}

const groupFolder = mkdtempSync(join(tmpdir(), 's3-backup-tests-'));
process.once('exit', () => rmSync(groupFolder, { recursive: true, force: true }));

let passed = 0;
let failed = 0;
// Much of a test is waiting.
const concurrency = 2 * Math.max(2, cpus().length);
const results = run({ files: groupsOf(files).map(entryOf), concurrency, timeout: 1_800_000 });
results.on('test:pass', ({ details, skip }) => {
  if (details.type !== 'suite' && !skip) passed += 1;
});
results.on('test:fail', () => {
  failed += 1;
});
results.compose(new spec()).pipe(process.stdout);
results.on('end', () => {
  if (failed > 0 || passed === 0) process.exitCode = 1;
});

function testsIn(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true })
    .map((name) => join(path, String(name)))
    .filter((name) => name.endsWith('.test.ts'))
    .sort();
}

function groupsOf(paths: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (const path of paths) {
    const group = groups.at(-1);
    if (group && !isSlow(path) && group.length < FILES_PER_PROCESS) group.push(path);
    else groups.push([path]);
  }
  return groups;
}

/** What `run` is given to start a process for. */
function entryOf(group: readonly string[], index: number): string {
  const entry = join(groupFolder, `${index}.test.mjs`);
  const imports = group.map((path) => `import ${JSON.stringify(pathToFileURL(resolve(path)).href)};\n`);
  writeFileSync(entry, imports.join(''));
  return entry;
}

function isSlow(file: string): boolean {
  return SLOW.some((folder) => file.startsWith(folder));
}
