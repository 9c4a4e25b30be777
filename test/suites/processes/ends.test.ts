import assert from 'node:assert/strict';
import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../../src/index.ts';
import type { FaultPlan, S3Server } from '../../../src/s3-server/index.ts';
import { objectsIn, unfinishedUploads, useBucketClient } from '../../support/bucket.ts';
import { childrenOf, stillRunning } from '../../support/children.ts';
import { serverEnvironment, useWorkplace, type Workplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { MIB, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { filesIn, namesIn, useTree } from '../../support/tree.ts';

const program = useProgram();
const LINUX = { skip: process.platform !== 'linux' && 'looks into /proc' };
const CLAIMS = /\.s3-backup-claim-/;

function numbered(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`d${n % 2}/${n}`, `content ${n}`]));
}

/** The program on a workplace of its own, with two processes. */
async function useRun(
  t: TestContext,
  files: Record<string, string | Buffer>,
  faults: readonly FaultPlan[],
  argv: readonly string[] = [],
) {
  const server = await useS3Server(t);
  for (const fault of faults) server.faults.plan(fault);
  const workplace = useWorkplace(t, files);
  const report = argv.includes('--output-json') ? [] : ['--output-json', 'report.json'];
  const flags = ['--delete-after-upload', '--processes', '2', ...report, ...argv];
  const run = start([process.execPath, program.bin, '--source', 'source', ...flags], {
    workplace,
    env: serverEnvironment(server),
  });
  t.after(() => run.child.kill('SIGKILL'));
  return { ...run, server, workplace };
}

/** Long enough for a machine that has much else to do. */
const LONGEST_MS = 180_000;

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + LONGEST_MS; !condition(); await sleep(5))
    assert.ok(Date.now() < end, `not within ${LONGEST_MS / 1000} s: ${condition}`);
}

function reportIn(workplace: Workplace): Report {
  return JSON.parse(workplace.read('report.json')) as Report;
}

/** Every file is here or in the bucket, and in the report exactly once, with a fate that says which. */
async function assertNothingLost(
  t: TestContext,
  server: S3Server,
  source: string,
  before: Map<string, Buffer>,
  report: Report | undefined,
): Promise<void> {
  const objects = await objectsIn(useBucketClient(t, server));
  const after = filesIn(source);
  for (const [path, bytes] of before)
    assert.ok(
      [after, objects].some((place) => place.get(path)?.equals(bytes)),
      `${path} is lost`,
    );
  if (report === undefined) return;
  assert.equal(new Set(report.files.map(({ path }) => path)).size, report.files.length);
  for (const { path, fate } of report.files)
    if (fate === 'deleted') assert.equal(after.has(path), false, path);
}

describe('a process of a run that ends early', { ...LINUX, timeout: 600_000 }, () => {
  it('is an error of the run; its files have failed, are put back, and nothing is lost', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, numbered(600));
    const before = filesIn(source);
    const kill = () => void process.kill(childrenOf()[0] ?? 0, 'SIGKILL');
    server.faults.plan({ operation: 'PutObject', skip: 200, do: { kind: 'call', run: kill } });
    const report = await moveTo(server, source, { processes: 2, concurrency: 4, exitCodes: 'temporary' });
    assert.deepEqual([report.exit_code, report.error?.code], [75, 'INTERNAL']);
    assert.match(report.error?.message ?? '', /ended early \(SIGKILL\)/);
    await assertNothingLost(t, server, source, before, report);
    const killed = report.files.filter(({ reason }) => reason?.includes('ended early (SIGKILL); '));
    assert.ok(killed.length > 0);
    for (const { fate, code } of killed) assert.deepEqual([fate, code], ['failed', 'RUN_FAILED']);
    assert.deepEqual(
      namesIn(source).filter((name) => CLAIMS.test(name)),
      [],
    );
    assert.deepEqual(childrenOf(), []);
    const again = await moveTo(server, source, { processes: 2 });
    assert.deepEqual([again.exit_code, filesIn(source).size], [0, 0]);
  });

  it('while it deletes: what it had claimed is put back at once', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, numbered(1500));
    const before = filesIn(source);
    // Between two looks it may have claimed nothing, or deleted it all; whatever it was, nothing may be lost.
    const look = setInterval(() => {
      const folders = ['d0', 'd1'].flatMap((folder) => namesOf(join(source, folder)));
      if (!folders.some((name) => CLAIMS.test(name))) return;
      clearInterval(look);
      for (const pid of childrenOf()) process.kill(pid, 'SIGKILL');
    }, 1);
    t.after(() => clearInterval(look));
    const report = await moveTo(server, source, { processes: 2 });
    await assertNothingLost(t, server, source, before, report);
    t.diagnostic(`${report.restored_files} put back, error ${report.error?.code}`);
    assert.deepEqual(
      namesIn(source).filter((name) => CLAIMS.test(name)),
      [],
    );
    const gone = report.files.filter(({ reason }) => reason?.includes('not here any more'));
    const left = filesIn(source);
    for (const { path } of gone) assert.equal(left.has(path), false);
    assert.equal(before.size - left.size, report.deleted_files + gone.length);
  });
});

describe('a run of the program in several processes', { ...LINUX, timeout: 600_000 }, () => {
  it('leaves standard output to the report', async (t) => {
    const run = await useRun(t, numbered(40), [], ['--output-json', '-']);
    const { code, stdout } = await run.ended;
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as Report).deleted_files, 40);
    assert.deepEqual(run.workplace.tree(), {});
  });

  it('SIGINT to all of them, as a terminal sends it: exit code 130, no process and no claim is left', async (t) => {
    const slow: FaultPlan = { operation: 'PutObject', times: 1000, do: { kind: 'delay', ms: 50 } };
    const { server, workplace, child, ended } = await useRun(
      t,
      numbered(300),
      [slow],
      ['--concurrency', '4'],
    );
    const before = filesIn(workplace.source);
    await until(() => server.requests.of('PutObject').length > 20);
    const pids = childrenOf(child.pid);
    assert.equal(pids.length, 2);
    for (const pid of [...pids, child.pid ?? 0]) process.kill(pid, 'SIGINT');
    const { code, stderr } = await ended;
    assert.equal(code, 130, stderr);
    assert.deepEqual(stillRunning(pids), []);
    const report = reportIn(workplace);
    assert.deepEqual([report.interrupted, report.error], [true, null]);
    assert.ok(report.deleted_files > 0);
    await assertNothingLost(t, server, workplace.source, before, report);
    assert.deepEqual(
      namesIn(workplace.source).filter((name) => CLAIMS.test(name)),
      [],
    );
  });

  for (const [how, kill] of [
    ['is killed', (child: { kill(signal: NodeJS.Signals): boolean }) => child.kill('SIGKILL')],
    [
      'gets a second SIGINT',
      async (child: { kill(signal: NodeJS.Signals): boolean }) => {
        child.kill('SIGINT');
        await sleep(300);
        child.kill('SIGINT');
      },
    ],
  ] as const) {
    it(`when it ${how}, the others end by themselves, and abort what they were sending`, async (t) => {
      const files = { ...numbered(400), 'large.bin': Buffer.alloc(12 * MIB, 'x') };
      const stalled: FaultPlan = { operation: 'UploadPart', times: 10, do: { kind: 'stall' } };
      const { server, workplace, child, ended } = await useRun(t, files, [stalled], ['--concurrency', '4']);
      const before = filesIn(workplace.source);
      await until(() => server.requests.of('UploadPart').length > 0 && childrenOf(child.pid).length === 2);
      const pids = childrenOf(child.pid);
      await kill(child);
      await ended;
      await until(() => stillRunning(pids).length === 0);
      assert.deepEqual(await unfinishedUploads(useBucketClient(t, server)), []);
      await assertNothingLost(t, server, workplace.source, before, undefined);
      assert.deepEqual(
        namesIn(workplace.source).filter((name) => CLAIMS.test(name)),
        [],
      );
    });
  }
});

function namesOf(folder: string): string[] {
  try {
    return readdirSync(realpathSync(folder));
  } catch {
    return [];
  }
}
