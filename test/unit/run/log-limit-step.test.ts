/** What a run tells at level debug of how many files it has in work at once. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { LogFields } from '../../../src/core/logger.ts';
import type { BackupOptions } from '../../../src/index.ts';
import { useRestorePlace } from '../../support/restore.ts';
import { backupTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useTree } from '../../support/tree.ts';

const FILES = 300;
/** So that 16 at once need more than one window for all files. */
const LATENCY = { times: Number.POSITIVE_INFINITY, do: { kind: 'delay', ms: 20 } } as const;

function useLog() {
  const steps: LogFields[] = [];
  const ignore = () => undefined;
  const debug = (fields: LogFields) => {
    if (fields.operation === 'concurrency') steps.push(fields);
  };
  return { steps, logger: { debug, info: ignore, warn: ignore, error: ignore } };
}

function useMany(t: TestContext): string {
  return useTree(t, Object.fromEntries(Array.from({ length: FILES }, (_, n) => [`f${n}`, `content ${n}`])));
}

async function stepsOfBackup(t: TestContext, more: Partial<BackupOptions>, refusesFirst = false) {
  const server = await useS3Server(t);
  server.faults.plan({ operation: 'PutObject', ...LATENCY });
  if (refusesFirst)
    server.faults.plan({ operation: 'PutObject', do: { kind: 'error', status: 503, code: 'SlowDown' } });
  const { steps, logger } = useLog();
  const report = await backupTo(server, useMany(t), { ...more, logger });
  assert.equal(report.counts.kept, FILES);
  return steps;
}

test('a backup logs each step of its limit, with the reason and the throughput', async (t) => {
  const [first] = await stepsOfBackup(t, {});
  assert.ok(first);
  const { filesPerSecond, bytesPerSecond, ...step } = first;
  assert.deepEqual(step, { operation: 'concurrency', from: 16, to: 32, reason: 'throughput grew' });
  for (const throughput of [filesPerSecond, bytesPerSecond]) {
    assert.ok(Number.isInteger(throughput) && Number(throughput) > 0, String(throughput));
  }
});

test('a backup logs that the store has asked for fewer requests', async (t) => {
  const [first] = await stepsOfBackup(t, {}, true);
  const reason = 'the store asked for fewer requests';
  assert.deepEqual(first, { operation: 'concurrency', from: 16, to: 8, reason });
});

test('a limit that the user has chosen stays as it is, and nothing is logged of it', async (t) => {
  assert.deepEqual(await stepsOfBackup(t, { concurrency: 16 }, true), []);
});

test('with several processes each line names the process', async (t) => {
  const [first] = await stepsOfBackup(t, { processes: 2 });
  assert.deepEqual([first?.from, first?.to], [8, 16]);
  assert.ok(Number(first?.pid) > 0 && first?.pid !== process.pid, String(first?.pid));
});

test('a restore logs each step of its limit', async (t) => {
  const { server, restore } = await useRestorePlace(t);
  await backupTo(server, useMany(t));
  server.faults.plan({ operation: 'GetObject', ...LATENCY });
  const { steps, logger } = useLog();
  await restore({ logger });
  const [first] = steps;
  assert.deepEqual([first?.from, first?.to, first?.reason], [16, 32, 'throughput grew']);
});
