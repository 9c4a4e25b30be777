import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { BackupError, backup, put, restore, verifyFiles } from '../../../src/index.ts';
import type { FaultAction } from '../../../src/s3-server/index.ts';
import { backupTo, optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useFolder, useTree } from '../../support/tree.ts';

const EXPIRED: FaultAction = { kind: 'error', status: 400, code: 'ExpiredToken' };
const SHARD = { plan: '20261130T021500Z-1a2b3c4d', index: 0 };

test('the report of a backup has exit code 75 if that is chosen, and always if the run does the work of a shard', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: 'content' });
  server.faults.plan({ operation: 'PutObject', key: 'file', times: 9, do: EXPIRED });
  for (const [options, expected] of [
    [{}, 1],
    [{ exitCodes: 'plain' }, 1],
    [{ exitCodes: 'temporary' }, 75],
    [{ range: {}, shard: SHARD }, 75],
    [{ range: {}, shard: SHARD, exitCodes: 'plain' }, 75],
  ] as const) {
    const { exit_code, error } = await backupTo(server, source, options);
    assert.deepEqual([exit_code, error?.code], [expected, 'EXPIRED_TOKEN'], JSON.stringify(options));
  }
});

test('a stream, a restore and a verification have exit code 75, too', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: 'content' });
  await backupTo(server, source);
  const { bucket, endpointUrl, region, credentials } = optionsFor(server, source);
  const reached = { bucket, endpointUrl, region, credentials, exitCodes: 'temporary' } as const;
  // The access to the bucket is checked with the first listing; what follows is refused.
  for (const operation of ['PutObject', 'GetObject', 'HeadObject'] as const)
    server.faults.plan({ operation, times: 9, do: EXPIRED });
  server.faults.plan({ operation: 'ListObjectsV2', skip: 4, times: 9, do: EXPIRED });
  const ends = [
    await put({ ...reached, key: 'stream', input: Readable.from([Buffer.from('bytes')]) }),
    await restore({ ...reached, to: useFolder(t) }),
    await verifyFiles({ ...reached, source }, { onResult: () => undefined, readsBack: () => true }),
  ];
  for (const { exit_code, error } of ends) assert.deepEqual([exit_code, error?.code], [75, 'EXPIRED_TOKEN']);
});

test('an error that is thrown says whether another try may help', async (t) => {
  const server = await useS3Server(t);
  const options = optionsFor(server, useTree(t, { file: 'content' }));
  for (const [more, temporary] of [
    [{ endpointUrl: 'http://127.0.0.1:9', maxAttempts: 1 }, true],
    [{ bucket: 'no-such-bucket' }, false],
  ] as const)
    await assert.rejects(backup({ ...options, ...more }), (error) => {
      assert.ok(error instanceof BackupError);
      assert.equal(error.temporary, temporary, error.code);
      return true;
    });
});

test('exit codes that do not exist are refused', async (t) => {
  const server = await useS3Server(t);
  await assert.rejects(backupTo(server, useTree(t, {}), { exitCodes: '75' as 'plain' }), {
    code: 'BAD_OPTION',
    message: 'exitCodes is "75"; allowed is plain or temporary.',
  });
});
