import { createCipheriv, randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Report } from '../../src/index.ts';
import type { S3Server } from '../../src/s3-server/index.ts';
import { serverEnvironment, type Workplace } from './cli-context.ts';
import { type Spawned, start } from './program.ts';
import { MIB } from './run.ts';

/** As the program has it by default. */
export const LARGE_PART = 8 * MIB;

/** Writes a file of random bytes, at about 1 GB/s. */
export function writeLarge(path: string, size: number): void {
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(LARGE_PART);
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, 'w');
  for (let left = size; left > 0; left -= zeros.length)
    writeSync(fd, cipher.update(zeros.subarray(0, Math.min(left, zeros.length))));
  closeSync(fd);
}

/** What runs of the program on one large file share. */
export interface LargeRuns {
  readonly bin: string;
  readonly server: S3Server;
  readonly workplace: Workplace;
  readonly env?: NodeJS.ProcessEnv;
}

export function startLarge({ bin, server, workplace, env }: LargeRuns, source = workplace.source): Spawned {
  const args = ['--source', source, '--output-json', '../report.json', '--quiet'];
  return start([process.execPath, bin, ...args], {
    workplace,
    env: { ...serverEnvironment(server), ...env },
  });
}

/** Lets it run to its end. */
export async function finishLarge(runs: LargeRuns, source?: string): Promise<Report> {
  runs.server.requests.clear();
  const { code, stderr } = await startLarge(runs, source).ended;
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(runs.workplace.read('../report.json')) as Report;
}

/** Does something once, when the server has acknowledged so many parts and the next one arrives. */
export function whenAcknowledged({ server }: LargeRuns, parts: number, act: () => void): void {
  let isDone = false;
  const run = () => {
    const count = server.requests.of('UploadPart').filter(({ status }) => status === 200).length;
    if (isDone || count < parts) return;
    isDone = true;
    act();
  };
  const times = Number.POSITIVE_INFINITY;
  server.faults.plan({ operation: 'UploadPart', times, do: { kind: 'call', run } });
}

/** Bytes of parts that have arrived since the log was cleared. */
export function sentBytes({ server }: LargeRuns): number {
  return server.requests.of('UploadPart').reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
}
