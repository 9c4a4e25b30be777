/**
 * Runs test files with node:test: `tsx test/run-tests.ts [folder or file ...]`, by default every test but the slow
 * suites. Node 20 finds no TypeScript tests by itself and then reports success, so the files are named here and a run
 * of none fails.
 */
import { readdirSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const SLOW = [
  'test/slow',
  'test/torture',
  'test/processes',
  'test/large',
  'test/wire',
  'test/network',
  'test/interop',
];

// A developer's proxy does not lead to servers of this machine.
for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy']) delete process.env[name];

const named = process.argv.slice(2);
const files = named.length > 0 ? named.flatMap(testsIn) : testsIn('test').filter((file) => !isSlow(file));
if (files.length === 0) {
  process.stderr.write('no test files found\n');
  process.exit(1);
}

let passed = 0;
let failed = 0;
// Much of a test is waiting.
const results = run({ files, concurrency: 2 * Math.max(2, cpus().length), timeout: 600_000 });
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

function isSlow(file: string): boolean {
  return SLOW.some((folder) => file.startsWith(folder));
}
