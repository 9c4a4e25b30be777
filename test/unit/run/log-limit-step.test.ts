/** What a run tells at level debug of how many files it has in work at once. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { LogFields } from '../../../src/core/logger.ts';
import type { BackupOptions } from '../../../src/index.ts';
import { logLimitStep } from '../../../src/run/log-limit-step.ts';
import type { Operation, S3Server } from '../../../src/s3-server/index.ts';
import { useRestorePlace } from '../../support/restore.ts';
import { backupTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useTree } from '../../support/tree.ts';

/** Too few for a window, so that only SlowDown changes the limit. */
const FILES = 20;
const REASON = 'the store asked for fewer requests';

function useLog() {
  const steps: LogFields[] = [];
  const ignore = () => undefined;
  const debug = (fields: LogFields) => {
    if (fields.operation === 'concurrency') steps.push(fields);
  };
  return { steps, logger: { debug, info: ignore, warn: ignore, error: ignore } };
}

function useFew(t: TestContext): string {
  return useTree(t, Object.fromEntries(Array.from({ length: FILES }, (_, n) => [`f${n}`, `content ${n}`])));
}

function refuseOne(server: S3Server, operation: Operation): void {
  server.faults.plan({ operation, do: { kind: 'error', status: 503, code: 'SlowDown' } });
}

async function stepsOfBackup(t: TestContext, more: Partial<BackupOptions>): Promise<LogFields[]> {
  const server = await useS3Server(t);
  refuseOne(server, 'PutObject');
  const { steps, logger } = useLog();
  const report = await backupTo(server, useFew(t), { ...more, logger });
  assert.equal(report.counts.kept, FILES);
  return steps;
}

test('a line has the throughput as whole numbers, if it led to the step', () => {
  const { steps, logger } = useLog();
  const step = { from: 16, to: 32, reason: 'throughput grew' };
  logLimitStep(logger, { ...step, filesPerSecond: 751.7, bytesPerSecond: 3_078_963.2 });
  assert.deepEqual(steps, [
    { operation: 'concurrency', ...step, filesPerSecond: 752, bytesPerSecond: 3_078_963 },
  ]);
});

test('a backup logs that the store has asked for fewer requests', async (t) => {
  const steps = await stepsOfBackup(t, {});
  assert.deepEqual(steps, [{ operation: 'concurrency', from: 16, to: 8, reason: REASON }]);
});

test('a restore logs that the store has asked for fewer requests', async (t) => {
  const { server, restore } = await useRestorePlace(t);
  await backupTo(server, useFew(t));
  refuseOne(server, 'GetObject');
  const { steps, logger } = useLog();
  await restore({ logger });
  assert.deepEqual(steps, [{ operation: 'concurrency', from: 16, to: 8, reason: REASON }]);
});

test('a limit that the user has chosen stays as it is, and nothing is logged of it', async (t) => {
  assert.deepEqual(await stepsOfBackup(t, { concurrency: 16 }), []);
});

test('with several processes the line names the process', async (t) => {
  const [step, ...others] = await stepsOfBackup(t, { processes: 2 });
  assert.ok(step);
  const { pid, ...fields } = step;
  assert.deepEqual(fields, { operation: 'concurrency', from: 8, to: 4, reason: REASON });
  assert.ok(Number(pid) > 0 && pid !== process.pid, String(pid));
  assert.deepEqual(others, []);
});
