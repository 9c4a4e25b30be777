import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { atTerminal, KEYS } from '../../support/at-terminal.ts';
import { childrenOf } from '../../support/children.ts';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { type Spawned, start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { screenAfter } from '../../support/terminal.ts';

const program = useProgram();
const noScript = spawnSync('script', ['--version']).status === 0 ? false : 'needs script of util-linux';

const ESCAPE = '\u001b';
const [HIDE_CURSOR, SHOW_CURSOR] = [`${ESCAPE}[?25l`, `${ESCAPE}[?25h`];
/** A command to the progress bar of the terminal: its state and percentage. */
const BAR = new RegExp(`${ESCAPE}\\]9;4;(\\d);(\\d+)${ESCAPE}\\\\`, 'g');
/** A text that was drawn as the line. */
const DRAWN = new RegExp(`${ESCAPE}\\[\\?7l([^${ESCAPE}]*)${ESCAPE}\\[J`, 'g');
const LINE = /\[\d\d:\d\d:\d\d\] 2 files · 3 B sent( · .*)? · held\.txt\n/;

/** A promise, and what resolves it. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** A run in which the upload of one of three files waits until the test lets it go; the other two pass it. */
async function useHeldRun(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a', 'b.txt': 'b', 'held.txt': 'c' });
  const [held, released] = [gate(), gate()];
  const hold = () => {
    held.open();
    return released.opened;
  };
  server.faults.plan({ operation: 'PutObject', key: 'held.txt', do: { kind: 'call', run: hold } });
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source' };
  const argv = [process.execPath, program.bin, '--concurrency', '2'];
  t.after(released.open);
  // Before that, the program may not listen to signals yet.
  return { server, workplace, env, argv, held: held.opened, release: released.open };
}

/** Repeats what may come too early until the program has said what is expected. */
async function repeatUntil(
  run: Spawned,
  pattern: RegExp,
  act: () => void,
  stream: 'stdout' | 'stderr' = 'stderr',
) {
  while (!pattern.test(run.output[stream])) {
    act();
    await Promise.race([sleep(100), run.ended]);
    if (run.child.exitCode !== null) break;
  }
  assert.match(run.output[stream], pattern);
}

describe('progress in a pipe', { concurrency: true, timeout: 120_000 }, () => {
  it('SIGUSR1 prints a line and nothing else, neither a debugger nor an escape sequence', async (t) => {
    const { workplace, env, argv, held, release } = await useHeldRun(t);
    const run = start([...argv, '--quiet', '--output-json', '-'], {
      workplace,
      env: { ...env, WT_SESSION: '1' },
    });
    await held;
    await repeatUntil(run, LINE, () => run.child.kill('SIGUSR1'));
    release();
    const { code, signal, stdout, stderr } = await run.ended;
    assert.deepEqual([code, signal], [0, null], stderr);
    assert.equal((JSON.parse(stdout) as { total_files: number }).total_files, 3);
    assert.ok(!stderr.includes(ESCAPE) && !/debugger/i.test(stderr), stderr);
  });

  it('--stats prints a line again and again on stderr, and the report on stdout stays whole', async (t) => {
    const { workplace, env, argv, release } = await useHeldRun(t);
    const run = start([...argv, '--stats', '1s', '--output-json', '-'], { workplace, env });
    // It is asked to show statistics, so it counts.
    await run.seen(/(\[\d\d:\d\d:\d\d\] 2 of 3 files · 99% · 3 B of 3 B sent · .*held\.txt\n.*){2}/s);
    release();
    const { code, stdout, stderr } = await run.ended;
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as { total_files: number }).total_files, 3);
    assert.ok(!stderr.includes(ESCAPE), stderr);
  });

  it('--quiet silences --stats', async (t) => {
    const { workplace, env, argv, held, release } = await useHeldRun(t);
    const run = start([...argv, '--stats', '1s', '--quiet'], { workplace, env });
    await held;
    await repeatUntil(run, LINE, () => run.child.kill('SIGUSR1'));
    const asked = run.output.stderr.length;
    await sleep(1500);
    release();
    const { code, stderr } = await run.ended;
    assert.deepEqual([code, stderr.slice(asked).replace(new RegExp(LINE, 'g'), '')], [0, '']);
  });

  it('the processes of a run tell what they send, and none of them opens a debugger on SIGUSR1', async (t) => {
    const { workplace, env, argv, held, release } = await useHeldRun(t);
    const run = start([...argv, '--processes', '2'], { workplace, env });
    await held;
    await repeatUntil(run, LINE, () => run.child.kill('SIGUSR1'));
    const children = childrenOf(run.child.pid ?? 0);
    assert.ok(children.length > 0);
    for (const pid of children) process.kill(pid, 'SIGUSR1');
    release();
    const { code, stderr } = await run.ended;
    assert.equal(code, 0, stderr);
    assert.ok(!/debugger/i.test(stderr), stderr);
  });

  it('SIGUSR1 does nothing to a command that shows no progress', async (t) => {
    const { server, workplace, env } = await useHeldRun(t);
    server.faults.clear();
    const [arrived, answered] = [gate(), gate()];
    const hold = () => {
      arrived.open();
      return answered.opened;
    };
    server.faults.plan({ operation: 'ListObjectsV2', do: { kind: 'call', run: hold } });
    const run = start([process.execPath, program.bin, 'ls'], { workplace, env });
    await arrived.opened;
    run.child.kill('SIGUSR1');
    // It would say something at once.
    await sleep(300);
    answered.open();
    const { code, stderr } = await run.ended;
    assert.deepEqual([code, stderr], [0, 'No matching objects in s3://test-bucket/\n']);
  });
});

describe('progress on a terminal', { concurrency: true, timeout: 120_000, skip: noScript }, () => {
  /** Starts the held run on a terminal of a width. `pid` tells the program's own process. */
  async function onTerminal(t: TestContext, columns: number, more: Record<string, string> = {}, flags = '') {
    const held = await useHeldRun(t);
    const { workplace, env, argv } = held;
    // `narrow` makes the terminal narrower while the program runs.
    const script = [
      `stty cols ${columns} rows 30`,
      `${argv.join(' ')} ${flags} & echo $! > pid`,
      'while [ ! -e narrow ] && kill -0 $! 2> /dev/null; do sleep 0.05; done',
      'stty cols 30',
      'wait $!',
    ].join('; ');
    const run = start(['script', '-qec', script, '/dev/null'], {
      workplace,
      env: { ...env, TERM: 'xterm', ...more },
    });
    const pid = () => Number(readFileSync(join(workplace.cwd, 'pid'), 'utf8'));
    return { ...held, run, pid };
  }

  it('the line follows the width of the terminal, and is gone at the end', async (t) => {
    const { workplace, run, release } = await onTerminal(t, 100);
    const drawn = () => [...run.output.stdout.matchAll(DRAWN)].map(([, text = '']) => text);
    await run.seen(/2 of 3 files · 99% · 3 B of 3 B sent · .* · held\.txt/, 'stdout');
    workplace.write('narrow', '');
    while ((drawn().at(-1) ?? '').length > 29) await sleep(50);
    assert.match(drawn().at(-1) ?? '', /^2 of 3 files · 99%( · [\d.]+ B\/s)?$/);
    release();
    const { code, stdout } = await run.ended;
    assert.equal(code, 0, stdout);
    assert.ok(!screenAfter(stdout).some((line) => line.includes(' of 3 files ·')), stdout);
    assert.ok(stdout.lastIndexOf(SHOW_CURSOR) > stdout.lastIndexOf(HIDE_CURSOR));
    assert.doesNotMatch(stdout, BAR);
  });

  it('a dumb terminal gets no control sequence, and a line on SIGUSR1', async (t) => {
    const { run, pid, held, release } = await onTerminal(t, 100, { TERM: 'dumb', WT_SESSION: '1' });
    await held;
    await repeatUntil(run, /\] 2 files · 3 B sent/, () => process.kill(pid(), 'SIGUSR1'), 'stdout');
    release();
    const { code, stdout } = await run.ended;
    assert.equal(code, 0, stdout);
    assert.ok(!stdout.includes(ESCAPE), stdout);
  });

  it('a terminal that shows progress bars has one until the end', async (t) => {
    const { run, release } = await onTerminal(t, 100, { WT_SESSION: '1', NO_COLOR: '1' });
    await run.seen(new RegExp(`${ESCAPE}\\]9;4;1;99${ESCAPE}`), 'stdout');
    release();
    const { code, stdout } = await run.ended;
    assert.equal(code, 0, stdout);
    assert.deepEqual([...stdout.matchAll(BAR)].at(-1)?.slice(1), ['0', '0']);
  });

  it('Ctrl-Z leaves the terminal to the shell with its cursor and without the line; `fg` shows the line again', async (t) => {
    const { workplace, env, argv, held, release } = await useHeldRun(t);
    // A shell with jobs, as a user has it.
    const script = `set -m; ${argv.join(' ')}; echo left:$?; fg; echo ended:$?`;
    const terminal = atTerminal(t, ['sh', '-c', script], { workplace, env });
    await held;
    await terminal.seen(/2 of 3 files/);
    terminal.type(KEYS.suspend);
    // 128 + SIGTSTP: it was really stopped.
    await terminal.seen(/left:148.*2 of 3 files/s);
    const output = terminal.output();
    const [before = '', after = ''] = output.split('left:148');
    assert.ok(before.lastIndexOf(SHOW_CURSOR) > before.lastIndexOf(HIDE_CURSOR), output);
    assert.ok(!screenAfter(before).some((line) => line.includes('2 of 3 files')), output);
    assert.ok(after.includes(HIDE_CURSOR), output);
    release();
    await terminal.seen(/ended:0/);
    assert.ok(terminal.output().lastIndexOf(SHOW_CURSOR) > terminal.output().lastIndexOf(HIDE_CURSOR));
  });

  it("in the background nothing is drawn, since the terminal is the shell's, and the result is printed", async (t) => {
    const { workplace, env, argv, held, release } = await useHeldRun(t);
    const script = `set -m; ${argv.join(' ')} & wait; echo ended:$?`;
    const terminal = atTerminal(t, ['sh', '-c', script], { workplace, env });
    await held;
    // It would have been drawn several times.
    await sleep(1_000);
    release();
    await terminal.seen(/3 of 3 files verified.*ended:0/s);
    assert.ok(!terminal.output().includes(ESCAPE), terminal.output());
  });

  it('Ctrl-\\ ends it at once, and leaves neither a line nor a hidden cursor', async (t) => {
    const { workplace, env, argv, held, release } = await useHeldRun(t);
    const terminal = atTerminal(t, argv, { workplace, env });
    await held;
    await terminal.seen(/2 of 3 files/);
    terminal.type(KEYS.quit);
    const code = await terminal.ended;
    release();
    assert.equal(code, 131);
    const output = terminal.output();
    assert.ok(output.lastIndexOf(SHOW_CURSOR) > output.lastIndexOf(HIDE_CURSOR), output);
    assert.ok(!screenAfter(output).some((line) => line.includes('2 of 3 files')), output);
  });

  for (const [times, expected] of [
    [1, 'in order'],
    [2, 'at once'],
  ] as const)
    it(`a signal that ends the run ${expected} leaves neither a bar nor a line nor a hidden cursor`, async (t) => {
      const { run, pid, release } = await onTerminal(t, 100, { WT_SESSION: '1' });
      await run.seen(new RegExp(`${ESCAPE}\\]9;4;1;99${ESCAPE}`), 'stdout');
      process.kill(pid(), 'SIGTERM');
      await run.seen(/SIGTERM: waiting/, 'stdout');
      if (times === 2) process.kill(pid(), 'SIGTERM');
      else release();
      const { code, stdout } = await run.ended;
      release();
      assert.equal(code, 143, stdout);
      assert.deepEqual([...stdout.matchAll(BAR)].at(-1)?.slice(1), ['0', '0']);
      assert.ok(stdout.lastIndexOf(SHOW_CURSOR) > stdout.lastIndexOf(HIDE_CURSOR));
      assert.ok(!screenAfter(stdout).some((line) => line.includes(' of 3 files ·')), stdout);
    });
});
