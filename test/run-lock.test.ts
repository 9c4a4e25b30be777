import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackupError } from '../src/errors.ts';
import { takeLocks } from '../src/run-lock.ts';
import { backupTo } from './support/run.ts';
import { useS3Server } from './support/s3-server.ts';
import { useTree } from './support/tree.ts';

const holder = { pid: process.pid, since: '2026-01-01T00:00:00.000Z', source: '/from', target: 's3://to/' };
const locked = (error: BackupError) =>
  error.code === 'LOCKED' && error.message.includes(`process ${process.pid} `);

test('a second run on the same resource is told who holds it', async () => {
  const resources = [`/one-${process.pid}`, `/two-${process.pid}`];
  const release = await takeLocks({ resources, holder });
  await assert.rejects(takeLocks({ resources: [`/two-${process.pid}`], holder }), locked);
  release();
  (await takeLocks({ resources, holder }))();
});

test('whoever may wait gets the lock when it is free', async () => {
  const resources = [`/wait-${process.pid}`];
  const release = await takeLocks({ resources, holder });
  const second = takeLocks({ resources, holder, waitSeconds: 60 });
  assert.equal(await Promise.race([second, sleep(600, 'waits')]), 'waits');
  release();
  (await second)();
});

test('a lock that was not had gives back the others', async () => {
  const [first, second] = [`/a-${process.pid}`, `/b-${process.pid}`];
  const release = await takeLocks({ resources: [second], holder });
  await assert.rejects(takeLocks({ resources: [first, second], holder }), locked);
  (await takeLocks({ resources: [first], holder }))();
  release();
});

test('a process that was killed leaves no lock behind', async () => {
  const resource = `/killed-${process.pid}`;
  const script = `
    import { takeLocks } from './src/run-lock.ts';
    await takeLocks({ resources: ['${resource}'], holder: {} });
    console.log('taken');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  await once(child.stdout, 'data');
  await assert.rejects(takeLocks({ resources: [resource], holder }));
  child.kill('SIGKILL');
  await once(child, 'exit');
  (await takeLocks({ resources: [resource], holder }))();
});

test('two runs at once on one source: the second leaves with LOCKED and touches nothing', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: 'bytes' });
  let second: Promise<unknown> | undefined;
  server.faults.plan({
    operation: 'PutObject',
    do: {
      kind: 'call',
      run: async () => {
        second = backupTo(server, source, { prefix: 'elsewhere' });
        await assert.rejects(second, { code: 'LOCKED' });
      },
    },
  });
  assert.equal((await backupTo(server, source)).exit_code, 0);
  await assert.rejects(second ?? Promise.resolve(), { code: 'LOCKED' });
  assert.equal(server.requests.of('PutObject').length, 1);
});
