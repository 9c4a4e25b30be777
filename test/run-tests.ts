/**
 * Runs test files with node:test: `tsx test/run-tests.ts [folder or file ...]`, by default the unit tests and those of the
 * documents. Node.js 20 finds no TypeScript tests by itself and then reports success, so the files are named
 * here, and a run without a test fails.
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';
import { compileTo } from './support/compile.ts';
import { MADE_PROGRAM, makeProgram } from './support/program.ts';

/** What `npm test` runs. The other suites take longer, and have scripts of their own. */
const DEFAULT = ['test/unit', 'test/suites/project'];

/** Folders whose tests are short: several files of them share a process, and run beside each other. */
const SHORT = [
  ...DEFAULT,
  'test/suites/contract',
  'test/suites/package',
  'test/suites/round-trip',
  'test/suites/program',
];

/** Test files that share a process, since starting one takes as long as the tests of most files. */
const FILES_PER_PROCESS = 32;

// A developer's proxy does not lead to servers of this machine.
for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy']) delete process.env[name];

const named = process.argv.slice(2);
const files = (named.length > 0 ? named : DEFAULT).flatMap(testsIn);
if (files.length === 0) {
  process.stderr.write('no test files found\n');
  process.exit(1);
}

const groupFolder = mkdtempSync(join(realpathSync(tmpdir()), 's3-backup-tests-'));
process.once('exit', () => rmSync(groupFolder, { recursive: true, force: true }));
// Tests start what is in it as other users, too.
chmodSync(groupFolder, 0o755);
const compiled = join(groupFolder, 'compiled');
mkdirSync(compiled);
await compileTo(compiled);
if (files.some((file) => readFileSync(file, 'utf8').includes('useProgram('))) {
  const program = join(groupFolder, 'program');
  mkdirSync(program);
  makeProgram(program);
  process.env[MADE_PROGRAM] = program;
}

let passed = 0;
let failed = 0;
// `run` hands them on, and compiled tests need no tsx.
process.execArgv.splice(0, Number.POSITIVE_INFINITY, '--enable-source-maps');
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

/** Deals the short files out like cards, so that neighbours, which often take equally long, are in different groups. */
function groupsOf(paths: readonly string[]): string[][] {
  const short = paths.filter(isShort);
  const count = Math.ceil(short.length / FILES_PER_PROCESS);
  const groups = Array.from({ length: count }, (_, group) => short.filter((_path, n) => n % count === group));
  return [...groups, ...paths.filter((path) => !isShort(path)).map((path) => [path])];
}

/** What `run` is given to start a process for. */
function entryOf(group: readonly string[], index: number): string {
  const entry = join(groupFolder, `${index}.test.mjs`);
  const imports = group.map(
    (path) =>
      `import ${JSON.stringify(pathToFileURL(join(compiled, relative('.', path).replace(/\.ts$/, '.js'))).href)};\n`,
  );
  writeFileSync(entry, imports.join(''));
  return entry;
}

function isShort(file: string): boolean {
  return SHORT.some((folder) => file.startsWith(folder));
}
