/** Events of the built program: descriptors, readers that are slow or leave, signals, several processes. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Report, reportOfEvents } from '../../../src/index.ts';
import type { FaultPlan } from '../../../src/s3-server/index.ts';
import { bareEnvironment, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { eventsIn, eventsOf, wholeEventsIn } from '../../support/events.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const program = useProgram();
const BASH = '/bin/bash';
/** Their events take more than a pipe and a socket hold. */
const MANY = 1_200;

function numbered(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`d${n % 3}/${n}`, `content ${n}`]));
}

async function usePlace(t: TestContext, files: Record<string, string>, faults: readonly FaultPlan[] = []) {
  const server = await useS3Server(t);
  for (const fault of faults) server.faults.plan(fault);
  const workplace = useWorkplace(t, files);
  const env = serverEnvironment(server);
  const argv = ['--source', 'source', '--output-json', 'report.json'];
  const run = (...more: readonly string[]) => {
    const spawned = start([process.execPath, program.bin, ...argv, ...more], { workplace, env });
    t.after(() => spawned.child.kill('SIGKILL'));
    return spawned;
  };
  const report = () => JSON.parse(workplace.read('report.json')) as Report;
  return { server, workplace, env, argv, run, report };
}

/** Starts the program with a fourth descriptor, a socket to this process. */
async function withSocket(t: TestContext, files: Record<string, string>, ...more: readonly string[]) {
  const place = await usePlace(t, files);
  const child: ChildProcess = spawn(
    process.execPath,
    [program.bin, ...place.argv, '--events', 'fd:3', ...more],
    {
      cwd: place.workplace.cwd,
      env: { ...bareEnvironment(place.workplace.home), ...place.env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  );
  t.after(() => child.kill('SIGKILL'));
  const reader = child.stdio[3] as Readable;
  const [said, printed]: [Buffer[], Buffer[]] = [[], []];
  child.stderr?.on('data', (bytes: Buffer) => said.push(bytes));
  child.stdout?.on('data', (bytes: Buffer) => printed.push(bytes));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  /** Resolves when the summary is printed: the run is over, and its report is written. */
  const over = () => until(() => printed.length > 0);
  return { ...place, child, reader, ended, over, stderr: () => Buffer.concat(said).toString() };
}

async function textOf(reader: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of reader) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 120_000; !condition(); await sleep(10))
    assert.ok(Date.now() < end, String(condition));
}

describe('events', { concurrency: true, timeout: 300_000 }, () => {
  it('of several processes make the report of the run, with what failed', async (t) => {
    const refused = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
    const { workplace, run, report } = await usePlace(t, numbered(300), [
      { operation: 'PutObject', key: 'd1/7', times: 9, do: refused },
      { operation: 'PutObject', key: 'd2/8', times: 9, do: refused },
    ]);
    const { code, stderr } = await run('--processes', '2', '--events', 'e.ndjson').ended;
    assert.equal(code, 2, stderr);
    const events = wholeEventsIn(workplace.read('e.ndjson'));
    assert.deepEqual(reportOfEvents(events), report());
    assert.deepEqual([report().total_files, report().counts.failed], [300, 2]);
  });

  it('wait for a reader that comes only when the run is over', async (t) => {
    const { reader, ended, over, child, report } = await withSocket(t, numbered(MANY));
    await over();
    // The report is complete, and the lock is free; only the reader is waited for.
    assert.equal(report().counts.kept, MANY);
    await sleep(500);
    assert.equal(child.exitCode, null);
    const events = wholeEventsIn(await textOf(reader));
    assert.equal(await ended, 0);
    assert.deepEqual(reportOfEvents(events), report());
  });

  it('are given up if a signal comes while only their reader is waited for, and that is said', async (t) => {
    const { ended, over, child, stderr } = await withSocket(t, numbered(MANY));
    await over();
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
    assert.match(stderr(), /events \(fd:3\): the program was stopped before their reader had taken all/);
  });

  it('whose reader leaves are said to be lost, and every file is stored all the same', async (t) => {
    const { reader, ended, stderr, report } = await withSocket(t, numbered(MANY));
    reader.once('data', () => reader.destroy());
    assert.equal(await ended, 0);
    assert.match(stderr(), /^s3-backup: events \(fd:3\): their reader has gone; [^\n]*\n$/);
    assert.equal(report().counts.kept, MANY);
  });

  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    it(`of a run that ${signal} stops make its report`, async (t) => {
      const { server, workplace, run, report } = await usePlace(t, numbered(200), [
        { operation: 'PutObject', times: 1_000, do: { kind: 'delay', ms: 30 } },
      ]);
      const { child, ended } = run('--events', 'e.ndjson', '--concurrency', '2', '--delete-after-upload');
      await until(() => server.requests.of('PutObject').length >= 6);
      child.kill(signal);
      assert.equal((await ended).code, exitCode);
      const events = wholeEventsIn(workplace.read('e.ndjson'));
      assert.deepEqual(reportOfEvents(events), report());
      assert.equal(eventsOf(events, 'end')[0]?.exit_code, exitCode);
    });

  it('of a run that a second signal ends at once name every file that was settled', async (t) => {
    const { workplace, run } = await usePlace(t, numbered(6), [
      { operation: 'PutObject', skip: 4, times: 99, do: { kind: 'stall' } },
    ]);
    const argv = ['--events', 'e.ndjson', '--concurrency', '1', '--delete-after-upload'];
    const { child, ended, seen } = run(...argv);
    const told = () => (workplace.names().includes('e.ndjson') ? workplace.read('e.ndjson') : '');
    await until(() => told().match(/"fate":"deleted"/g)?.length === 4);
    child.kill('SIGINT');
    await seen(/press Ctrl-C again/);
    child.kill('SIGINT');
    assert.equal((await ended).code, 130);
    const settled = eventsOf(eventsIn(workplace.read('e.ndjson')), 'file');
    assert.deepEqual(
      settled.map(({ fate }) => fate),
      ['deleted', 'deleted', 'deleted', 'deleted'],
    );
  });

  it('are written to a pipe of the shell while the run goes, and no descriptor of the program itself is taken', {
    skip: !existsSync(BASH) && 'no bash here',
  }, async (t) => {
    const { workplace, env, argv } = await usePlace(t, numbered(5));
    const line = `"$0" "$1" ${argv.join(' ')} -q --events fd:3 3>&1 >/dev/null | cat`;
    const piped = await start([BASH, '-c', line, process.execPath, program.bin], { workplace, env }).ended;
    assert.equal(eventsOf(wholeEventsIn(piped.stdout), 'file').length, 5);
    const each = `for n in $(seq 3 22); do "$0" "$1" ${argv.join(' ')} -q --events fd:$n && echo "took $n"; done`;
    const none = await start([BASH, '-c', each, process.execPath, program.bin], { workplace, env }).ended;
    assert.equal(none.stdout, '');
    assert.equal(none.stderr.match(/\[REPORT_NOT_WRITABLE\]/g)?.length, 20);
  });

  it('are refused if they go to a named pipe that nobody reads', {
    skip: spawnSync('mkfifo', ['--version']).error !== undefined && 'needs mkfifo',
  }, async (t) => {
    const { server, workplace, run } = await usePlace(t, numbered(5));
    spawnSync('mkfifo', [join(workplace.cwd, 'pipe')]);
    const { code, stderr } = await run('--events', 'pipe').ended;
    assert.equal(code, 1);
    assert.match(stderr, /No program has this pipe open for reading: start the reader first\./);
    assert.deepEqual([...server.requests], []);
    const cat = start(['cat', 'pipe'], { workplace });
    await sleep(300);
    assert.equal((await run('--events', 'pipe').ended).code, 0);
    assert.equal(eventsOf(wholeEventsIn((await cat.ended).stdout), 'file').length, 5);
  });
});
