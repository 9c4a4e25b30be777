/** What a run of the library tells of itself while it goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunEvent } from '../../../src/index.ts';
import { backupTo } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { useTree } from '../../support/tree.ts';

const FILES = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`f${n}`, `content ${n}`]));

test('a backup tells its start, and that fewer files are in work when the store asks for that', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, FILES);
  server.faults.plan({
    operation: 'PutObject',
    times: 1,
    do: { kind: 'error', status: 503, code: 'SlowDown' },
  });
  const events: RunEvent[] = [];
  const report = await backupTo(server, source, { prefix: 'p', onEvent: (event) => events.push(event) });
  assert.equal(report.counts.kept, 20);
  const [start, ...others] = events;
  assert.deepEqual(start, {
    event: 'start',
    schema_version: 1,
    tool_version: report.tool_version,
    source,
    target: null,
    bucket: TEST_BUCKET,
    prefix: 'p/',
    operation: 'backup',
    dry_run: false,
  });
  assert.deepEqual(
    others.map((event) => event.event === 'limit' && [event.from, event.to, event.reason, event.pid]),
    [[16, 8, 'the store asked for fewer requests', null]],
  );
});

test('a callback that throws stops the run in order', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, FILES);
  const onEvent = () => {
    throw new Error('no room for events');
  };
  const report = await backupTo(server, source, { onEvent });
  assert.deepEqual(report.error, { code: 'INTERNAL', message: 'no room for events' });
  assert.equal(report.exit_code, 1);
});
