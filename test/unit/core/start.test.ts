import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backupTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useTree } from '../../support/tree.ts';

test('a clock that is set back during a run causes no negative duration', async (t) => {
  const server = await useS3Server(t);
  const RealDate = Date;
  const source = useTree(t, { a: '1' });
  const HOUR_MS = 3_600_000;
  class Behind extends RealDate {
    constructor(...given: [] | [number | string]) {
      if (given.length === 0) super(RealDate.now() - HOUR_MS);
      else super(given[0]);
    }
  }
  const step = () => {
    globalThis.Date = Behind as DateConstructor;
  };
  t.after(() => {
    globalThis.Date = RealDate;
  });
  server.faults.plan({ operation: 'PutObject', do: { kind: 'call', run: step } });
  const report = await backupTo(server, source);
  assert.ok(report.end_time < report.start_time, 'the clock was not set back');
  assert.ok(report.duration_seconds >= 0 && report.duration_seconds < 60, `${report.duration_seconds} s`);
});
