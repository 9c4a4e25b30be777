import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const program = useProgram();
const UNSHARE = ['unshare', '--pid', '--fork', '--kill-child'];
const { status, stderr: refusal } = spawnSync('unshare', ['--pid', '--fork', 'true'], { encoding: 'utf8' });
const skip = status === 0 ? false : `no PID namespaces here: ${refusal}`;

/** As `docker run` and `docker stop` do it. The kernel ignores signals for which such a process has no handler. */
for (const command of ['ls', 'cleanup', 'run --source source'])
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    test(`${signal} ends \`${command}\` as the first process of a container`, {
      skip,
      timeout: 60_000,
    }, async (t) => {
      const server = await useS3Server(t);
      const operation = command === 'cleanup' ? 'ListMultipartUploads' : 'ListObjectsV2';
      server.faults.plan({ operation, times: 9, do: { kind: 'delay', ms: 600_000 } });
      const workplace = useWorkplace(t, { a: 'a' });
      const argv = [...UNSHARE, process.execPath, program.bin, ...command.split(' ')];
      const { child, ended } = start(argv, { workplace, env: serverEnvironment(server) });
      t.after(() => child.kill('SIGKILL'));
      while (server.requests.of(operation).length === 0) await sleep(10);
      const [first] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
      process.kill(Number(first), signal);
      const end = await ended;
      assert.equal(end.code, code, end.stderr);
    });
