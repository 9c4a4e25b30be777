/**
 * Runs of the program on one large file that are ended at 60 %, and the next one.
 *
 * `LARGE_TEST_BYTES=4294967296` for a file of 4 GiB, by default 1 GiB; twice as much is needed on the disk.
 */
import assert from 'node:assert/strict';
import { cpSync, openSync, statSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ListMultipartUploadsCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { unfinishedUploads, useBucketClient } from '../support/bucket.ts';
import { serverEnvironment, useWorkplace } from '../support/cli-context.ts';
import { fileDigests, objectDigests } from '../support/digests.ts';
import {
  finishLarge,
  LARGE_PART,
  type LargeRuns,
  sentBytes,
  startLarge,
  whenAcknowledged,
  writeLarge,
} from '../support/large-run.ts';
import { start, useProgram } from '../support/program.ts';
import { entryFor, MIB } from '../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../support/s3-server.ts';

const { LARGE_TEST_BYTES = String(1024 * MIB) } = process.env;
/** Just above what is resumed by default, where the size does not matter. */
const LEAST = 264 * MIB;

const program = useProgram();

interface Large extends LargeRuns {
  readonly file: string;
  readonly size: number;
  readonly client: ReturnType<typeof useBucketClient>;
}

/** With few parts under way at once, so that there are some left to arrive at 60 %. */
const FEW = { backup_transfer__memory: '32MiB' };

async function useLarge(t: TestContext, size: number, more: NodeJS.ProcessEnv = {}): Promise<Large> {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t);
  const env = { ...FEW, ...more };
  const file = join(workplace.source, 'large.bin');
  writeLarge(file, size);
  return { bin: program.bin, server, workplace, env, file, size, client: useBucketClient(t, server) };
}

/** Ends a run with SIGKILL when 60 % of the parts are acknowledged. */
async function killAtSixty(large: Large): Promise<void> {
  const run = startLarge(large);
  whenAcknowledged(large, Math.ceil((0.6 * large.size) / LARGE_PART), () => run.child.kill('SIGKILL'));
  assert.equal((await run.ended).signal, 'SIGKILL');
  large.server.faults.assertAllFired();
  large.server.faults.clear();
  assert.deepEqual(await unfinishedUploads(large.client), ['large.bin']);
}

/** Lets the next run do the rest, and makes sure that the object is the file. Returns the part that was sent, 0 to 1. */
async function finish(large: Large, source?: string): Promise<number> {
  const report = await finishLarge(large, source);
  const { proof, resumed_bytes: resumed } = entryFor(report, 'large.bin');
  assert.equal(proof, 'etag-parts');
  assert.equal(resumed + sentBytes(large), large.size);
  assert.equal(report.resumed_bytes, resumed);
  assert.deepEqual(
    await objectDigests(large.client, ''),
    await fileDigests(source ?? large.workplace.source),
  );
  return sentBytes(large) / large.size;
}

for (const transport of ['auto', 'sdk']) {
  test(`after SIGKILL at 60 % the next run sends less than 45 % (transport: ${transport})`, async (t) => {
    const large = await useLarge(t, Number(LARGE_TEST_BYTES), { backup_transfer__transport: transport });
    await killAtSixty(large);
    const sent = await finish(large);
    t.diagnostic(`${LARGE_TEST_BYTES} bytes: the second run sent ${(100 * sent).toFixed(1)} %`);
    assert.ok(sent < 0.45, `it sent ${sent}`);
    assert.deepEqual(await unfinishedUploads(large.client), []);
  });
}

test('after SIGTERM at 60 % the parts are kept, and the next run sends the rest', async (t) => {
  const large = await useLarge(t, LEAST);
  const run = startLarge(large);
  whenAcknowledged(large, Math.ceil((0.6 * large.size) / LARGE_PART), () => {
    run.child.kill('SIGTERM');
    large.server.faults.plan({ operation: 'UploadPart', times: 99, do: { kind: 'stall' } });
  });
  assert.equal((await run.ended).code, 143);
  large.server.faults.assertAllFired();
  large.server.faults.clear();
  assert.equal(large.server.requests.of('AbortMultipartUpload').length, 0);
  assert.ok((await finish(large)) < 0.45);
  assert.deepEqual(await unfinishedUploads(large.client), []);
});

test('after SIGTERM nothing is left behind where nothing is to be resumed', async (t) => {
  const large = await useLarge(t, LEAST, { backup_transfer__resume: 'false' });
  const run = startLarge(large);
  whenAcknowledged(large, 3, () => {
    run.child.kill('SIGTERM');
    large.server.faults.plan({ operation: 'UploadPart', times: 99, do: { kind: 'stall' } });
  });
  assert.equal((await run.ended).code, 143);
  assert.deepEqual(await unfinishedUploads(large.client), []);
});

test('another machine with the same file goes on as well', async (t) => {
  const large = await useLarge(t, LEAST);
  await killAtSixty(large);
  const elsewhere = join(large.workplace.root, 'elsewhere');
  cpSync(large.workplace.source, elsewhere, { recursive: true });
  const { atime, mtime } = statSync(large.file);
  utimesSync(join(elsewhere, 'large.bin'), atime, mtime);
  assert.ok((await finish(large, elsewhere)) < 0.45);
});

test('a file that was changed is sent whole; what was left is for cleanup', async (t) => {
  const large = await useLarge(t, LEAST);
  await killAtSixty(large);
  writeSync(openSync(large.file, 'r+'), 'other bytes', LEAST / 2);
  assert.equal(await finish(large), 1);
  assert.deepEqual(await unfinishedUploads(large.client), ['large.bin']);
  const { workplace, server } = large;
  const env = serverEnvironment(server);
  const command = [process.execPath, program.bin, 'cleanup', '--older-than', '0s'];
  const { code, stdout } = await start(command, { workplace, env }).ended;
  assert.equal(code, 0);
  assert.match(stdout, /1 aborted, \d+ MB freed\n$/);
  assert.deepEqual(await unfinishedUploads(large.client), []);
});

test('a part that holds other bytes by now is sent again', async (t) => {
  const large = await useLarge(t, LEAST);
  await killAtSixty(large);
  const { Uploads } = await large.client.send(new ListMultipartUploadsCommand({ Bucket: TEST_BUCKET }));
  const upload = { Bucket: TEST_BUCKET, Key: 'large.bin', UploadId: Uploads?.[0]?.UploadId };
  const Body = Buffer.alloc(LARGE_PART, 'not it');
  await large.client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body }));
  assert.ok((await finish(large)) < 0.45);
  const sent = large.server.requests.of('UploadPart').map(({ query }) => query.partNumber);
  assert.ok(sent.includes('1'));
  assert.ok(!sent.includes('2'));
});
