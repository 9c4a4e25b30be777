import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertSameBytes, objectsIn, unfinishedUploads, useBucketClient } from '../../support/bucket.ts';
import { fatesOf, MIB, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { filesIn, namesIn, useTree } from '../../support/tree.ts';

for (const processes of [1, 2]) {
  test(`a large file that is under way when the time is over keeps its parts for the next run (${processes} processes)`, async (t) => {
    const server = await useS3Server(t);
    const client = useBucketClient(t, server);
    const source = useTree(t, { large: Buffer.alloc(21 * MIB, 'large') });
    const before = filesIn(source);
    // Three parts arrive within the ten seconds; the others are never answered.
    const stalled = server.faults.plan({ operation: 'UploadPart', skip: 3, times: 9, do: { kind: 'stall' } });
    const options = { processes, resume: true };
    const report = await moveTo(server, source, { ...options, maxDurationSeconds: 10 });
    assert.deepEqual([report.exit_code, report.error?.code], [2, 'MAX_DURATION']);
    assert.deepEqual(fatesOf(report), { large: 'failed INTERRUPTED' });
    // Requests in flight have 5 s more. Without a limit the silence would last for a minute.
    assert.ok(report.duration_seconds < 45, `${report.duration_seconds} s`);
    assert.deepEqual(await unfinishedUploads(client), ['large']);
    assert.deepEqual(filesIn(source), before);
    stalled.cancel();
    const next = await moveTo(server, source, options);
    assert.deepEqual([next.exit_code, next.resumed_bytes > 0, namesIn(source)], [0, true, []]);
    assertSameBytes(await objectsIn(client), before);
  });
}
