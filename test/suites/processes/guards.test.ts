import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { assertNothingLost, assertSameBytes, objectsIn, useBucketClient } from '../../support/bucket.ts';
import { childrenOf } from '../../support/children.ts';
import { fatesOf, MIB, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { filesIn, namesIn, useTree } from '../../support/tree.ts';

function sentTo({ requests }: S3Server): number {
  return requests.of('PutObject', 'UploadPart').reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
}

describe('a run in several processes', { timeout: 300_000 }, () => {
  it('sends no more than it may over all of them, and the next run continues', async (t) => {
    const server = await useS3Server(t);
    const client = useBucketClient(t, server);
    const small = Array.from({ length: 700 }, (_, n) => [`${n % 7}/${n}`, String(n).padEnd(1000, '.')]);
    const source = useTree(t, {
      ...Object.fromEntries(small),
      'large/one': Buffer.alloc(6 * MIB, '1'),
      'large/two': Buffer.alloc(6 * MIB, '2'),
      'large/more': Buffer.alloc(7 * MIB, '3'),
    });
    const before = filesIn(source);
    const maxTransferBytes = 6 * MIB + 300_000;
    let runs = 0;
    for (let left = 702; left > 0; runs += 1) {
      server.requests.clear();
      const report = await moveTo(server, source, { maxTransferBytes, processes: 3 });
      assert.ok(sentTo(server) <= maxTransferBytes, `${sentTo(server)} bytes in run ${runs}`);
      assert.ok(report.counts.deleted > 0);
      left -= report.counts.deleted;
      const isLast = left === 0;
      assert.deepEqual([report.exit_code, report.error?.code], [2, isLast ? undefined : 'MAX_TRANSFER']);
      assertNothingLost(before, filesIn(source), await objectsIn(client));
    }
    assert.ok(runs >= 2, `${runs} runs`);
    assert.deepEqual(namesIn(source), ['large', 'large/more']);
    const last = await moveTo(server, source, { processes: 2 });
    assert.deepEqual([last.exit_code, childrenOf()], [0, []]);
    assertSameBytes(await objectsIn(client), before);
  });

  it('counts bodies that are sent again', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { file: 'x'.repeat(1000) });
    server.faults.plan({ operation: 'PutObject', do: { kind: 'error', status: 500, code: 'InternalError' } });
    const cut = await moveTo(server, source, { maxTransferBytes: 1999, processes: 2 });
    assert.deepEqual([cut.error?.code, fatesOf(cut)], ['MAX_TRANSFER', { file: 'failed INTERRUPTED' }]);
    assert.equal(server.requests.of('PutObject').length, 1);
    server.faults.plan({ operation: 'PutObject', do: { kind: 'error', status: 500, code: 'InternalError' } });
    const enough = await moveTo(server, source, { maxTransferBytes: 2000, processes: 2 });
    assert.deepEqual([enough.exit_code, fatesOf(enough)], [0, { file: 'deleted' }]);
  });

  it('ends within seconds of a signal that comes after the limit on bytes', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { large: Buffer.alloc(11 * MIB, 'l'), other: 'x'.repeat(1000) });
    const stop = new AbortController();
    // No part is ever answered; the signal comes once the other file was refused.
    const stalled = server.faults.plan({ operation: 'UploadPart', times: 9, do: { kind: 'stall' } });
    const input = (async function* () {
      yield 'large\n';
      while (server.requests.of('UploadPart').length === 0) await sleep(10);
      yield 'other\n';
    })();
    const onEntry = ({ path }: { readonly path: string }) => {
      if (path === 'other') stop.abort('SIGTERM');
    };
    const report = await moveTo(server, source, {
      maxTransferBytes: 11 * MIB + 10,
      processes: 2,
      list: { input },
      signal: stop.signal,
      onEntry,
    });
    assert.equal(report.error?.code, 'MAX_TRANSFER');
    assert.deepEqual([report.exit_code, report.interrupted], [143, true]);
    assert.deepEqual(Object.keys(fatesOf(report)).sort(), ['large', 'other']);
    assert.ok(report.duration_seconds < 40, `${report.duration_seconds} s`);
    assert.deepEqual([namesIn(source), childrenOf()], [['large', 'other'], []]);
    stalled.cancel();
  });
});
