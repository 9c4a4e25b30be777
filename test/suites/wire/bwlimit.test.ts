/**
 * The program against an endpoint in this process, and the rate at which bytes arrive there. Printed is how near it comes
 * to the limit; judged is only that it does not exceed it by more than 5 %: a busy machine may be slower.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { type Spawned, start, useProgram } from '../../support/program.ts';
import { MIB } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';

const program = useProgram();
const TOLERANCE = 1.05;
const SAMPLE_MS = 50;

interface Run extends Spawned {
  readonly server: S3Server;
  readonly write: (path: string, text: string) => void;
}

async function useRun(
  t: TestContext,
  files: Readonly<Record<string, Buffer>>,
  argv: readonly string[],
  config = '{}',
): Promise<Run> {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, files);
  workplace.write('config.yaml', config);
  const spawned = start(
    [process.execPath, program.bin, '--source', 'source', '--config', 'config.yaml', ...argv],
    { workplace, env: serverEnvironment(server) },
  );
  t.after(() => spawned.child.kill('SIGKILL'));
  return { ...spawned, server, write: workplace.write };
}

interface Sample {
  readonly ms: number;
  readonly bytes: number;
}

/** Looks at what has arrived until the program has ended. */
async function measure({ server, ended }: Run, t: TestContext): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  let isOver = false;
  ended.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await sleep(SAMPLE_MS);
    const bytes = server.requests.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
    samples.push({ ms: performance.now(), bytes });
  }
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  t.diagnostic(`${((samples.at(-1)?.bytes ?? 0) / MIB).toFixed(1)} MiB in all`);
  return samples;
}

/** Between the first bytes and the last ones. */
function judge(t: TestContext, samples: readonly Sample[], limit: number): void {
  const last = samples.at(-1)?.bytes ?? 0;
  const from = samples.findLast(({ bytes }) => bytes === 0);
  const to = samples.find(({ bytes }) => bytes === last);
  assert.ok(from && to, 'nothing arrived');
  const rate = (to.bytes - from.bytes) / ((to.ms - from.ms) / 1000);
  const percent = (rate / limit) * 100;
  t.diagnostic(`${(rate / MIB).toFixed(2)} MiB/s, ${percent.toFixed(1)} % of the limit`);
  assert.ok(percent <= TOLERANCE * 100, `${percent} %`);
}

const large = { large: Buffer.alloc(30 * MIB, 'x') };
const small = Object.fromEntries(
  Array.from({ length: 480 }, (_, n) => [`small-${n}`, Buffer.alloc(MIB / 16, `${n}`)]),
);

for (const [what, files, argv, limit] of [
  ['one large file', large, ['--bwlimit', '5M'], 5],
  ['one large file through the SDK', large, ['--bwlimit', '5M'], 5],
  ['one large file, fast', { large: Buffer.alloc(300 * MIB, 'x') }, ['--bwlimit', '50M'], 50],
  ['one large file through the SDK, fast', { large: Buffer.alloc(300 * MIB, 'x') }, ['--bwlimit', '50M'], 50],
  ['many small files', small, ['--bwlimit', '5M'], 5],
  [
    'large files in two processes',
    { ...large, other: large.large },
    ['--bwlimit', '10M', '--processes', '2'],
    10,
  ],
] as const) {
  test(`a limit of ${limit} MiB/s: ${what}`, { timeout: 60_000 }, async (t) => {
    const config = what.includes('SDK') ? 'transfer: { transport: sdk }' : '{}';
    judge(t, await measure(await useRun(t, files, argv, config), t), limit * MIB);
  });
}

test('what is read back shares the limit with what is sent', { timeout: 60_000 }, async (t) => {
  const run = await useRun(t, large, ['--bwlimit', '10M', '--verify', 'download']);
  const began = performance.now();
  await measure(run, t);
  const seconds = (performance.now() - began) / 1000;
  const rate = (60 * MIB) / seconds;
  t.diagnostic(`${(rate / MIB).toFixed(2)} MiB/s both ways, starting included`);
  assert.ok(rate <= TOLERANCE * 10 * MIB, String(rate));
});

test('SIGHUP changes the limit of a run', { timeout: 60_000 }, async (t) => {
  const run = await useRun(t, large, [], 'transfer: { bwlimit: 2M }');
  const measured = measure(run, t);
  const arrived = () => run.server.requests.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  while (arrived() < 10 * MIB) await sleep(SAMPLE_MS);
  run.write('config.yaml', 'transfer: { bwlimit: 4M }');
  run.child.kill('SIGHUP');
  const samples = await measured;
  const before = samples.filter(({ bytes }) => bytes < 10 * MIB);
  const after = samples.filter(({ bytes }) => bytes > 12 * MIB);
  judge(t, before, 2 * MIB);
  judge(
    t,
    [
      { ...(after[0] as Sample), bytes: 0 },
      ...after.map(({ ms, bytes }) => ({ ms, bytes: bytes - (after[0]?.bytes ?? 0) })),
    ],
    4 * MIB,
  );
});
