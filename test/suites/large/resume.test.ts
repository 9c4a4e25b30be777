/** Runs of the program on a file that is just large enough to be resumed by default. */
import assert from 'node:assert/strict';
import { closeSync, cpSync, openSync, statSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ListMultipartUploadsCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { unfinishedUploads } from '../../support/bucket.ts';
import { serverEnvironment } from '../../support/cli-context.ts';
import {
  atSixty,
  finish,
  killAtSixty,
  LARGE_NAME,
  LARGE_PART,
  type Large,
  startLarge,
  useLarge,
} from '../../support/large-run.ts';
import { start, useProgram } from '../../support/program.ts';
import { MIB } from '../../support/run.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';

const size = 264 * MIB;

const program = useProgram();

function useFile(t: TestContext, env: NodeJS.ProcessEnv = {}): Promise<Large> {
  return useLarge(t, { bin: program.bin, size, env });
}

/** Asks a run to end at 60 %; no part is acknowledged from then on. */
async function terminateAtSixty(large: Large): Promise<void> {
  const run = startLarge(large);
  atSixty(large, () => {
    run.child.kill('SIGTERM');
    large.server.faults.plan({ operation: 'UploadPart', times: 99, do: { kind: 'stall' } });
  });
  assert.equal((await run.ended).code, 143);
  large.server.faults.clear();
}

test('after SIGTERM at 60 % the parts are kept, and the next run sends the rest', async (t) => {
  const large = await useFile(t);
  await terminateAtSixty(large);
  assert.equal(large.server.requests.of('AbortMultipartUpload').length, 0);
  assert.ok((await finish(large)) < 0.45);
  assert.deepEqual(await unfinishedUploads(large.client), []);
});

test('after SIGTERM nothing is left behind where nothing is to be resumed', async (t) => {
  const large = await useFile(t, { backup_transfer__resume: 'false' });
  await terminateAtSixty(large);
  assert.deepEqual(await unfinishedUploads(large.client), []);
});

test('another machine with the same file goes on as well', async (t) => {
  const large = await useFile(t);
  await killAtSixty(large);
  const elsewhere = join(large.workplace.root, 'elsewhere');
  cpSync(large.workplace.source, elsewhere, { recursive: true });
  const { atime, mtime } = statSync(large.file);
  utimesSync(join(elsewhere, LARGE_NAME), atime, mtime);
  assert.ok((await finish(large, elsewhere)) < 0.45);
});

test('a file that was changed is sent whole; what was left is for cleanup', async (t) => {
  const large = await useFile(t);
  const { client, server, workplace } = large;
  await killAtSixty(large);
  const fd = openSync(large.file, 'r+');
  writeSync(fd, 'other bytes', size / 2);
  closeSync(fd);
  assert.equal(await finish(large), 1);
  assert.deepEqual(await unfinishedUploads(client), [LARGE_NAME]);
  const command = [process.execPath, program.bin, 'cleanup', '--older-than', '0s'];
  const { code, stdout } = await start(command, { workplace, env: serverEnvironment(server) }).ended;
  assert.equal(code, 0);
  assert.match(stdout, /\n1 aborted, \d+ MB freed\n$/);
  assert.deepEqual(await unfinishedUploads(client), []);
});

test('a part that holds other bytes by now is sent again', async (t) => {
  const large = await useFile(t);
  await killAtSixty(large);
  const { client, server } = large;
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: TEST_BUCKET }));
  const upload = { Bucket: TEST_BUCKET, Key: LARGE_NAME, UploadId: Uploads?.[0]?.UploadId };
  const Body = Buffer.alloc(LARGE_PART, 'not it');
  await client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body }));
  assert.ok((await finish(large)) < 0.45);
  const sent = server.requests.of('UploadPart').map(({ query }) => query.partNumber);
  assert.deepEqual([sent.includes('1'), sent.includes('2')], [true, false]);
});
