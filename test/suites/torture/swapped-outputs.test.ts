import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { RotatingFile } from '../../../src/cli/log/rotating-file.ts';
import { ReportFile } from '../../../src/report/write-report.ts';
import { useFolder } from '../../support/tree.ts';

const NEEDS_ROOT = process.getuid?.() === 0 ? false : 'only root can run the attack as somebody else';
const NOBODY = 65_534;
const ROUNDS = 400;
/** For a machine on which the two processes hardly ever run at the same time. */
const LONGEST_MS = 120_000;

/** Another user puts a folder of his own, then a link to a folder of ours, under the same name, over and over. */
const SWAP = `
  const { mkdirSync, renameSync, symlinkSync, unlinkSync } = require('node:fs');
  const [shared, victim] = process.argv.slice(1);
  process.chdir(shared);
  const attempt = (work) => {
    try {
      work();
    } catch {}
  };
  console.log('ready');
  for (let round = 0; ; round += 1) {
    attempt(() => mkdirSync('logs'));
    for (const name of ['out', 'out.1']) {
      attempt(() => unlinkSync('logs/' + name));
      attempt(() => symlinkSync(victim + '/' + name, 'logs/' + name));
      attempt(() => unlinkSync('logs/' + name));
    }
    attempt(() => renameSync('logs', 'aside-' + round));
    attempt(() => symlinkSync(victim, 'logs'));
    attempt(() => unlinkSync('logs'));
  }`;

/**
 * Writes to a file below a folder that everybody may write to, and where another user attacks, and makes sure that a folder of
 * root's beside it stays as it is.
 */
async function attacked(t: TestContext, write: (file: string) => void): Promise<void> {
  const root = useFolder(t);
  const [shared, victim] = [join(root, 'shared'), join(root, 'victim')];
  mkdirSync(victim, { mode: 0o755 });
  mkdirSync(shared);
  chmodSync(shared, 0o777);
  for (const name of ['out', 'out.1']) writeFileSync(join(victim, name), 'precious', { mode: 0o644 });
  const attacker = spawn(process.execPath, ['-e', SWAP, shared, victim], { uid: NOBODY, gid: NOBODY });
  const ended = once(attacker, 'exit');
  try {
    await once(attacker.stdout, 'data');
    const { written, refused } = await repeat(() => write(join(shared, 'logs/out')));
    assert.equal(attacker.exitCode, null, 'the attack has ended early');
    assert.ok(written > 10 && refused > 10, `${written} written, ${refused} refused`);
  } finally {
    attacker.kill('SIGKILL');
    await ended;
  }
  assert.deepEqual(readdirSync(victim).sort(), ['out', 'out.1']);
  for (const name of ['out', 'out.1']) assert.equal(readFileSync(join(victim, name), 'utf8'), 'precious');
}

/** Writes until it has often been refused, and often not. */
async function repeat(write: () => void): Promise<{ written: number; refused: number }> {
  const counts = { written: 0, refused: 0 };
  const end = Date.now() + LONGEST_MS;
  const isEnough = () => counts.written > 10 && counts.refused > 10;
  for (let round = 0; (round < ROUNDS || !isEnough()) && Date.now() < end; round += 1) {
    try {
      write();
      counts.written += 1;
    } catch {
      counts.refused += 1;
    }
    // Else nobody would learn that the attack has ended.
    await setImmediate();
  }
  return counts;
}

test(
  'a report does not get into a folder of ours through one that another user swaps',
  {
    skip: NEEDS_ROOT,
  },
  (t) => attacked(t, (file) => new ReportFile(file).write(['report'])),
);

test('a log and what it rotates do not get there either', { skip: NEEDS_ROOT }, (t) =>
  attacked(t, (path) => {
    let failure: unknown;
    const onFailure = (error: unknown) => {
      failure = error;
    };
    const log = new RotatingFile({ path, maxBytes: 10, backups: 2 }, { onFailure, onNotRotated: onFailure });
    for (let line = 0; line < 5; line += 1) log.write('a line\n');
    log.close();
    if (failure !== undefined) throw failure;
  }),
);
