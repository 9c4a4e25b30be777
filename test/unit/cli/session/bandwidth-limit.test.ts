import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BandwidthLimit } from '../../../../src/cli/session/bandwidth-limit.ts';
import type { LogFields } from '../../../../src/core/logger.ts';
import { type Sandbox, sandbox } from '../config/sandbox.ts';

const MIB = 1024 ** 2;
const MINUTE_MS = 60_000;

/** A limit by a configuration file, and what is logged of it. */
function useLimit(t: TestContext, bwlimit: string, runs?: number) {
  const box = sandbox(t);
  const lines: (readonly [string, LogFields, string])[] = [];
  const to = (level: string) => (fields: LogFields, message: string) =>
    void lines.push([level, fields, message]);
  const logger = { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') };
  write(box, bwlimit);
  const limit = new BandwidthLimit(box.load(), logger, runs);
  t.after(() => limit.close());
  return { box, lines, limit };
}

function write(box: Sandbox, bwlimit: string): void {
  box.write('cwd/.backuprc', `transfer:\n  bwlimit: ${bwlimit}\n`);
}

test('a step of the timetable changes the limit in the middle of a run, and is logged', (t) => {
  const now = new Date('2026-03-02T07:58:00').getTime();
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now });
  const { limit, lines } = useLimit(t, '08:00=10M 19:00=off');
  assert.equal(limit.current, Number.POSITIVE_INFINITY);
  t.mock.timers.tick(MINUTE_MS);
  assert.deepEqual([limit.current, lines], [Number.POSITIVE_INFINITY, []]);
  t.mock.timers.tick(MINUTE_MS + 1000);
  assert.equal(limit.current, 10 * MIB);
  t.mock.timers.tick(11 * 60 * MINUTE_MS);
  assert.equal(limit.current, Number.POSITIVE_INFINITY);
  assert.deepEqual(lines, [
    ['info', { operation: 'bwlimit', bytesPerSecond: 10 * MIB }, 'bandwidth limit: 10MiB per second'],
    ['info', { operation: 'bwlimit', bytesPerSecond: null }, 'bandwidth limit: off'],
  ]);
});

test('on SIGHUP the limit is read again, and logged with its origin', async (t) => {
  const { box, limit, lines } = useLimit(t, '10M');
  write(box, '5M');
  assert.equal(limit.current, 10 * MIB);
  await limit.readAgain(async () => box.load());
  assert.equal(limit.current, 5 * MIB);
  assert.deepEqual(lines.at(-1), [
    'info',
    { operation: 'bwlimit', bytesPerSecond: 5 * MIB, origin: `${box.cwd}/.backuprc` },
    'SIGHUP: bandwidth limit: 5MiB per second',
  ]);
  box.write('cwd/.backuprc', '{}');
  await limit.readAgain(async () => box.load());
  assert.equal(limit.current, Number.POSITIVE_INFINITY);
});

test('runs at the same time share each step of the timetable, and what SIGHUP reads', async (t) => {
  const now = new Date('2026-03-02T07:58:00').getTime();
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now });
  const { box, limit, lines } = useLimit(t, '06:00=6M 08:00=10M 19:00=off', 4);
  assert.equal(limit.current, 1.5 * MIB);
  t.mock.timers.tick(3 * MINUTE_MS);
  assert.equal(limit.current, 2.5 * MIB);
  assert.deepEqual(lines.at(-1), [
    'info',
    { operation: 'bwlimit', bytesPerSecond: 2.5 * MIB },
    'bandwidth limit: 2560KiB per second, a share of 10MiB for 4 runs',
  ]);
  write(box, '8M');
  await limit.readAgain(async () => box.load());
  assert.equal(limit.current, 2 * MIB);
  write(box, '101K');
  await limit.readAgain(async () => box.load());
  assert.equal(limit.current, 25 * 1024);
  write(box, 'off');
  await limit.readAgain(async () => box.load());
  assert.equal(limit.current, Number.POSITIVE_INFINITY);
  assert.equal(lines.at(-1)?.[2], 'SIGHUP: bandwidth limit: off');
});

test('if the configuration cannot be used, the limit stays, and an error says why', async (t) => {
  const { box, limit, lines } = useLimit(t, '10M');
  write(box, '10');
  await limit.readAgain(async () => box.load());
  assert.equal(limit.current, 10 * MIB);
  const [level, { operation, problems }, message] = lines.at(-1) ?? ['', { operation: '' }, ''];
  assert.deepEqual(
    [level, operation, message],
    ['error', 'bwlimit', 'SIGHUP: the configuration cannot be used; the bandwidth limit stays as it is'],
  );
  assert.match(
    String(problems),
    /\.backuprc: transfer\.bwlimit: 10 is not allowed; use a size per second from 16K/,
  );
});
