import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackupError } from '../../../src/core/errors.ts';
import { folderResource } from '../../../src/lock/resource.ts';
import { requireLockPlace, takeLocks } from '../../../src/lock/take-locks.ts';
import { HOLDER, useHoldingProcess, useLockPlace } from '../../support/locks.ts';
import { backupTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useTree } from '../../support/tree.ts';

const locked = (error: BackupError) =>
  error.code === 'LOCKED' && error.message.includes(`process ${process.pid} `);

test('a second run on the same resource is told who holds it', async (t) => {
  const { place, take } = useLockPlace(t);
  const resources = ['/one', '/two'].map(folderResource);
  const release = await takeLocks({ resources, holder: HOLDER }, [place]);
  await assert.rejects(take('/two'), locked);
  release();
  (await takeLocks({ resources, holder: HOLDER }, [place]))();
});

test('whether a lock can be made is tried while another run holds one, and nothing is left', async (t) => {
  const { place, take, names } = useLockPlace(t);
  const release = await take('/srv');
  const held = names();
  assert.deepEqual(await requireLockPlace([place, '/nonexistent']), [place]);
  assert.deepEqual(names(), held);
  await assert.rejects(take('/srv'), locked);
  release();
  assert.deepEqual(names(), []);
  await assert.rejects(requireLockPlace(['/nonexistent']), { code: 'LOCK_UNAVAILABLE' });
});

test('a folder and one inside it exclude each other, siblings do not', async (t) => {
  const { take } = useLockPlace(t);
  const release = await take('/srv/data/sub');
  await assert.rejects(take('/srv/data'), {
    code: 'LOCKED',
    message: /\/srv\/data\/sub \(inside \/srv\/data\): /,
  });
  await assert.rejects(
    take('/srv/data/sub/deep'),
    /\/srv\/data\/sub \(which holds \/srv\/data\/sub\/deep\): /,
  );
  (await take('/srv/data/other'))();
  (await take('/srv/data/sub2'))();
  release();
  (await take('/srv/data'))();
});

test('a run that waits gets the lock when it is released', async (t) => {
  const { take } = useLockPlace(t);
  const release = await take('/wait');
  const second = take('/wait', { waitSeconds: 60 });
  assert.equal(await Promise.race([second, sleep(600, 'waits')]), 'waits');
  release();
  (await second)();
});

test('a wait that ends without the lock is LOCKED', async (t) => {
  const { take } = useLockPlace(t);
  const release = await take('/wait');
  await assert.rejects(take('/wait', { waitSeconds: 0.3 }), locked);
  release();
});

test('an abort ends the waiting at once', async (t) => {
  const { take } = useLockPlace(t);
  const release = await take('/wait');
  const stop = new AbortController();
  const second = take('/wait', { waitSeconds: 3600, signal: stop.signal });
  assert.equal(await Promise.race([second, sleep(100, 'waits')]), 'waits');
  stop.abort();
  await assert.rejects(second, locked);
  release();
});

test('a lock that could not be taken leaves nothing behind', async (t) => {
  const { place, take, names } = useLockPlace(t);
  const release = await take('/b');
  const both = { resources: ['/a', '/b'].map(folderResource), holder: HOLDER };
  await assert.rejects(takeLocks(both, [place]), locked);
  (await take('/a'))();
  release();
  assert.deepEqual(names(), []);
});

test('a process that was killed leaves no lock behind', async (t) => {
  const { place, take, names } = useLockPlace(t);
  const child = await useHoldingProcess(t, '/killed', place);
  await assert.rejects(take('/killed'), {
    code: 'LOCKED',
    message: new RegExp(`process ${child.pid} since`),
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const release = await take('/killed');
  assert.equal(names().length, 1, 'what it left is removed');
  release();
  assert.deepEqual(names(), []);
});

test('a run that waits for a killed process gets the lock at once', async (t) => {
  const { place, take } = useLockPlace(t);
  const child = await useHoldingProcess(t, '/killed', place);
  const second = take('/killed', { waitSeconds: 3600 });
  assert.equal(await Promise.race([second, sleep(200, 'waits')]), 'waits');
  child.kill('SIGKILL');
  (await second)();
});

test('a process that was stopped keeps its lock', async (t) => {
  const { place, take } = useLockPlace(t);
  const child = await useHoldingProcess(t, '/stopped', place);
  child.kill('SIGSTOP');
  await assert.rejects(take('/stopped'), new RegExp(`process ${child.pid} since`));
  await assert.rejects(take('/stopped', { waitSeconds: 0.3 }), { code: 'LOCKED' });
  child.kill('SIGCONT');
});

test('of many runs that ask at once no two hold the lock together, and each that waits gets it', async (t) => {
  const { take } = useLockPlace(t);
  const at = Array.from({ length: 12 }, (_, index) => (index % 3 === 0 ? '/top' : `/top/${index % 2}`));
  const ends = await Promise.allSettled(at.map((path) => take(path)));
  const had = ends.flatMap((end, index) => (end.status === 'fulfilled' ? [at[index]] : []));
  // Siblings may have it together.
  assert.equal(had.length, had.includes('/top') ? 1 : new Set(had).size, String(had));
  assert.ok(had.length > 0);
  for (const end of ends) if (end.status === 'fulfilled') end.value();
  let [inside, most] = [0, 0];
  const turns = Array.from({ length: 12 }, async () => {
    const release = await take('/turns', { waitSeconds: 60 });
    inside += 1;
    most = Math.max(most, inside);
    await sleep(2);
    inside -= 1;
    release();
  });
  await Promise.all(turns);
  assert.equal(most, 1);
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
