import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Report } from '../../src/index.ts';
import type { S3Server } from '../../src/s3-server/index.ts';
import { unfinishedUploads, useBucketClient } from './bucket.ts';
import { serverEnvironment, useWorkplace, type Workplace } from './cli-context.ts';
import { fileDigests, objectDigests } from './digests.ts';
import { type Spawned, start } from './program.ts';
import { entryFor, MIB } from './run.ts';
import { useS3Server } from './s3-server.ts';

/** As the program has it by default. */
export const LARGE_PART = 8 * MIB;
/** The only file, and its key. */
export const LARGE_NAME = 'large.bin';

/** With few parts under way at once, so that there are some left to arrive at 60 %. */
const FEW = { backup_transfer__memory: '32MiB' };

/** What runs of the real program on one large file share. */
export interface Large {
  readonly bin: string;
  readonly server: S3Server;
  readonly client: S3Client;
  readonly workplace: Workplace;
  readonly env: NodeJS.ProcessEnv;
  /** Path, and bytes. */
  readonly file: string;
  readonly size: number;
}

interface LargeWish {
  readonly bin: string;
  readonly size: number;
  readonly env?: NodeJS.ProcessEnv;
}

export async function useLarge(t: TestContext, { bin, size, env }: LargeWish): Promise<Large> {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t);
  const file = join(workplace.source, LARGE_NAME);
  writeLarge(file, size);
  const client = useBucketClient(t, server);
  return { bin, server, client, workplace, env: { ...FEW, ...env }, file, size };
}

/** Random bytes, at about 1 GB/s. */
function writeLarge(path: string, size: number): void {
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(LARGE_PART);
  const fd = openSync(path, 'w');
  for (let left = size; left > 0; left -= zeros.length)
    writeSync(fd, cipher.update(zeros.subarray(0, Math.min(left, zeros.length))));
  closeSync(fd);
}

export function startLarge({ bin, server, workplace, env }: Large, source = workplace.source): Spawned {
  const args = ['--source', source, '--output-json', '../report.json', '--quiet'];
  const command = [process.execPath, bin, ...args];
  return start(command, { workplace, env: { ...serverEnvironment(server), ...env } });
}

/** Does something once, when 60 % of the parts are acknowledged and the next one arrives. */
export function atSixty({ server, size }: Large, act: () => void): void {
  let isDone = false;
  const run = () => {
    const sent = server.requests.of('UploadPart').filter(({ status }) => status === 200);
    if (isDone || sent.length < (0.6 * size) / LARGE_PART) return;
    isDone = true;
    act();
  };
  const times = Number.POSITIVE_INFINITY;
  server.faults.plan({ operation: 'UploadPart', times, do: { kind: 'call', run } });
}

/** Ends a run with SIGKILL when 60 % of the parts are acknowledged. */
export async function killAtSixty(large: Large): Promise<void> {
  const run = startLarge(large);
  atSixty(large, () => run.child.kill('SIGKILL'));
  assert.equal((await run.ended).signal, 'SIGKILL');
  large.server.faults.clear();
  assert.deepEqual(await unfinishedUploads(large.client), [LARGE_NAME]);
}

/** Lets the next run do the rest, and makes sure that the object is the file. Returns the share that was sent, 0 to 1. */
export async function finish(large: Large, source = large.workplace.source): Promise<number> {
  const { server, client, workplace, size } = large;
  server.requests.clear();
  const { code, stderr } = await startLarge(large, source).ended;
  assert.equal(code, 0, stderr);
  const report = JSON.parse(workplace.read('../report.json')) as Report;
  const { proof, resumed_bytes: resumed } = entryFor(report, LARGE_NAME);
  const sent = server.requests.of('UploadPart').reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  assert.equal(proof, 'etag-parts');
  assert.deepEqual([resumed + sent, report.resumed_bytes], [size, resumed]);
  assert.deepEqual(await objectDigests(client, ''), await fileDigests(source));
  return sent / size;
}
