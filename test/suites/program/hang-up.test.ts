import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const program = useProgram();
const SCRIPT = '/usr/bin/script';

/** Files that take long at the endpoint, so that signals come in the middle. */
async function useSlowRun(t: TestContext) {
  const server = await useS3Server(t);
  server.faults.plan({ operation: 'PutObject', times: 1000, do: { kind: 'delay', ms: 40 } });
  const files = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`${n}.txt`, `${n}`]));
  const workplace = useWorkplace(t, files);
  const env = serverEnvironment(server);
  const argv = [
    '--source',
    'source',
    '--concurrency',
    '2',
    '--output-json',
    'report.json',
    '--log-file',
    'backup.log',
  ];
  const begun = async () => {
    while (server.requests.of('PutObject').length < 4) await sleep(5);
  };
  const report = () =>
    JSON.parse(workplace.read('report.json')) as { exit_code: number; total_files: number };
  return { server, workplace, env, argv, begun, report };
}

describe('SIGHUP', () => {
  it('has the limit read again, and the run goes on', async (t) => {
    const { workplace, env, argv, begun, report } = await useSlowRun(t);
    workplace.write('config.yaml', 'transfer: { bwlimit: 10M }');
    const { child, ended } = start([process.execPath, program.bin, '-c', 'config.yaml', ...argv], {
      workplace,
      env,
    });
    await begun();
    workplace.write('config.yaml', 'transfer: { bwlimit: 5M }');
    child.kill('SIGHUP');
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.deepEqual([report().exit_code, report().total_files], [0, 60]);
    const lines = workplace
      .read('backup.log')
      .split('\n')
      .filter((line) => line.includes('bwlimit'));
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)).map(({ msg, origin }) => [msg, origin]),
      [
        ['bandwidth limit: 10MiB per second', undefined],
        ['SIGHUP: bandwidth limit: 5MiB per second', 'config.yaml'],
      ],
    );
  });

  it('stops the run in order when its terminal is gone, once however often it comes', async (t) => {
    const { workplace, env, argv, begun, report } = await useSlowRun(t);
    let signal: (name: 'SIGHUP' | 'SIGTERM') => void = () => undefined;
    const running = runCli(workplace, argv, {
      env,
      isHungUp: true,
      onStart: (send) => {
        signal = send;
      },
    });
    await begun();
    signal('SIGHUP');
    signal('SIGHUP');
    const { code, exits, stderr } = await running;
    assert.deepEqual([code, exits], [143, []]);
    assert.match(stderr, /^s3-backup: SIGHUP: waiting up to 5 s for uploads in progress/m);
    assert.equal(report().exit_code, 143);
  });

  it('SIGTERM after it ends the run at once', async (t) => {
    const { workplace, env, argv, begun } = await useSlowRun(t);
    let signal: (name: 'SIGHUP' | 'SIGTERM') => void = () => undefined;
    const running = runCli(workplace, argv, {
      env,
      isHungUp: true,
      onStart: (send) => {
        signal = send;
      },
    });
    await begun();
    signal('SIGHUP');
    signal('SIGTERM');
    assert.deepEqual((await running).exits, [143]);
  });

  const skip = process.platform === 'linux' && existsSync(SCRIPT) ? false : 'needs script of util-linux';
  it('of a terminal that is closed leaves a report', { skip }, async (t) => {
    const { workplace, env, argv, begun, report } = await useSlowRun(t);
    const command = ['exec', process.execPath, program.bin, ...argv].join(' ');
    const { child, ended } = start([SCRIPT, '-qec', command, '/dev/null'], {
      workplace,
      env: { ...env, SHELL: '/bin/sh' },
      stdin: 'open',
    });
    await begun();
    child.kill('SIGKILL');
    await ended;
    while (!existsSync(`${workplace.cwd}/report.json`)) await sleep(10);
    assert.equal(report().exit_code, 143);
    assert.ok(report().total_files < 60);
  });
});
