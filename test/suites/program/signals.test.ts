import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RECORD_FILES } from '../../../src/lock/lock-folder.ts';
import { lockPlaces } from '../../../src/lock/places.ts';
import type { Operation } from '../../../src/s3-server/index.ts';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { type Spawned, start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const program = useProgram();
const NO_FIFO = spawnSync('mkfifo', ['--version']).error !== undefined && 'needs mkfifo';
const BASH = '/bin/bash';

/** Every command that talks to a store, and the request that it waits for here. */
const COMMANDS: Readonly<Record<string, Operation>> = {
  'run --source source': 'PutObject',
  'restore --to back': 'ListObjectsV2',
  'verify --source source': 'ListObjectsV2',
  'put key --command date': 'PutObject',
  'cat key': 'ListObjectsV2',
  ls: 'ListObjectsV2',
  runs: 'ListObjectsV2',
  cleanup: 'ListMultipartUploads',
  'status --source source': 'ListObjectsV2',
};
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 143 } as const;
/** These read the limit again. */
const LIMITED = /^(run|put|restore|verify) /;

async function usePlace(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const env = serverEnvironment(server);
  const run = (argv: readonly string[]): Spawned => {
    const spawned = start([process.execPath, program.bin, ...argv], { workplace, env, stdin: 'open' });
    t.after(() => spawned.child.kill('SIGKILL'));
    return spawned;
  };
  const arrived = async (operation: Operation) => {
    while (server.requests.of(operation).length === 0) await sleep(10);
  };
  return { server, workplace, env, run, arrived };
}

function hasAskedForLock(pid: number | undefined): boolean {
  return lockPlaces().some((place) =>
    readdirSync(place)
      .filter((name) => name.startsWith('.s3-backup-lock-'))
      .some((name) => recordIn(join(place, name)).includes(`"pid":${pid},`)),
  );
}

function recordIn(folder: string): string {
  try {
    return readFileSync(join(folder, RECORD_FILES.draft), 'utf8');
  } catch {
    return '';
  }
}

const describeAll = { concurrency: true, timeout: 120_000 };

describe('a signal', describeAll, () => {
  for (const [command, operation] of Object.entries(COMMANDS)) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      if (signal === 'SIGHUP' && LIMITED.test(command)) continue;
      it(`${signal} ends \`${command}\` with ${CODES[signal]} while the store does not answer`, async (t) => {
        const { server, run, arrived } = await usePlace(t);
        server.faults.plan({ operation, times: 9, do: { kind: 'delay', ms: 600_000 } });
        const { child, ended } = run(command.split(' '));
        await arrived(operation);
        child.kill(signal);
        const end = await ended;
        assert.deepEqual([end.code, end.signal], [CODES[signal], null], end.stderr);
      });
    }
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    for (const command of ['run --source source', 'restore --to source'])
      it(`${signal} ends \`${command}\` with ${CODES[signal]} while it waits for another run`, async (t) => {
        const { server, workplace, run, arrived } = await usePlace(t);
        server.faults.plan({ operation: 'PutObject', times: 9, do: { kind: 'delay', ms: 600_000 } });
        run(['--source', 'source']);
        await arrived('PutObject');
        const argv = [...command.split(' '), '--wait', '1h', '--output-json', 'report.json'];
        const { child, ended } = run(argv);
        while (!hasAskedForLock(child.pid)) await sleep(20);
        child.kill(signal);
        const { code, stderr } = await ended;
        assert.equal(code, CODES[signal], stderr);
        assert.match(stderr, /Another run is at work on .* \[LOCKED\]\n/);
        const report = JSON.parse(workplace.read('report.json'));
        assert.deepEqual([report.exit_code, report.interrupted], [CODES[signal], true]);
      });
});

describe('a named pipe', { ...describeAll, skip: NO_FIFO }, () => {
  const COMMANDS = {
    // By default the second run would not read the file, if the machine is slow: it is old enough to be seen as unchanged.
    '--files-from': ['--source', 'source', '--files-from', 'pipe', '--compare', 'checksum'],
    '--against': ['verify', '--against', 'pipe'],
  };
  for (const [flag, argv] of Object.entries(COMMANDS)) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      it(`as ${flag} that nobody writes to lets ${signal} end the program`, async (t) => {
        const { workplace, run, arrived } = await usePlace(t);
        spawnSync('mkfifo', [join(workplace.cwd, 'pipe')]);
        const { child, ended } = run(argv);
        await arrived('ListObjectsV2');
        await sleep(300);
        child.kill(signal);
        assert.equal((await ended).code, CODES[signal]);
      });

    it(`as ${flag} is read once somebody writes to it`, async (t) => {
      const { server, workplace, run, arrived } = await usePlace(t);
      const report = join(workplace.cwd, 'report.json');
      assert.equal((await run(['--source', 'source', '--output-json', report]).ended).code, 0);
      const before = server.requests.of('ListObjectsV2').length;
      spawnSync('mkfifo', [join(workplace.cwd, 'pipe')]);
      const { ended } = run(argv);
      while (server.requests.of('ListObjectsV2').length === before) await sleep(10);
      await arrived('ListObjectsV2');
      const text = flag === '--against' ? workplace.read('report.json') : 'a.txt\n';
      writeFileSync(join(workplace.cwd, 'pipe'), text);
      const { code, stdout, stderr } = await ended;
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^1 /);
    });
  }
});

describe('a signal that ends the program at once', describeAll, () => {
  it('also ends the command whose output `put` stores', async (t) => {
    const { workplace, run } = await usePlace(t);
    const command = 'trap "touch ended; exit 1" TERM; touch begun; while :; do sleep 0.05; done';
    const { child, ended } = run(['put', 'key', '--command', command]);
    while (!existsSync(join(workplace.cwd, 'begun'))) await sleep(10);
    child.kill('SIGQUIT');
    assert.equal((await ended).code, 131);
    while (!existsSync(join(workplace.cwd, 'ended'))) await sleep(10);
  });
});

describe('a process substitution', { ...describeAll, skip: !existsSync(BASH) && 'no bash here' }, () => {
  const CASES: Readonly<Record<string, [string, RegExp]>> = {
    'as a list is read': [
      '$S --source source --files-from <(sleep 0.2; echo a.txt)',
      /^1 of 1 file verified/,
    ],
    'as a list that is empty is nothing to do': [
      '$S --source source --files-from <(true)',
      /^(0|Nothing|No )/,
    ],
    'as --against is read': [
      '$S --quiet --source source --output-json r; $S verify --against <(cat r)',
      /^1 /,
    ],
  };
  for (const [what, [line, expected]] of Object.entries(CASES))
    it(what, async (t) => {
      const { workplace, env } = await usePlace(t);
      const S = `${process.execPath} ${program.bin}`;
      const { code, stdout, stderr } = await start([BASH, '-c', line], { workplace, env: { ...env, S } })
        .ended;
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, expected);
    });
});
