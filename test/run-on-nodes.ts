/**
 * Runs tests on the oldest Node.js that package.json allows and on each later line that is supported:
 * `tsx test/run-on-nodes.ts [folder or file ...]`. By default these are the smoke test of the installed package and the unit tests
 * of what depends most on Node.js (descriptors, sockets, TLS, threads, processes, signals), since all unit tests on all lines
 * would take the checks of a change over an hour. `npm run test:nodes -- test/unit` runs them all.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchNode } from './support/node-release.ts';

const DEFAULT = [
  'test/suites/nodes',
  'test/suites/program/bin.test.ts',
  'test/suites/program/progress.test.ts',
  'test/unit/http',
  'test/unit/digest/md5',
  'test/unit/source',
  'test/unit/restore',
  'test/unit/core/helper-thread.test.ts',
  'test/unit/flow/stage.test.ts',
];

const { engines } = JSON.parse(readFileSync('package.json', 'utf8'));
const [oldest] = /[\d.]+$/.exec(engines.node) ?? [];
if (oldest === undefined)
  throw new Error(`package.json allows Node.js ${engines.node}, which names no oldest release`);
const releases = [oldest, '22', '24', '26'];

const named = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 's3-backup-nodes-'));
// Tests start programs as other users.
chmodSync(folder, 0o755);
const failed: string[] = [];
try {
  for (const release of releases) {
    const node = fetchNode(release, folder);
    process.stdout.write(`\nNode.js ${versionOf(node)}\n`);
    const start = performance.now();
    const tests = named.length > 0 ? named : DEFAULT;
    const args = ['node_modules/tsx/dist/cli.mjs', 'test/run-tests.ts', ...tests];
    const { status } = spawnSync(node, args, { stdio: 'inherit' });
    process.stdout.write(`${((performance.now() - start) / 1000).toFixed(0)} s\n`);
    if (status !== 0) failed.push(release);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failed.length > 0) {
  process.stderr.write(`failed on Node.js ${failed.join(', ')}\n`);
  process.exitCode = 1;
}

function versionOf(node: string): string {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
}
