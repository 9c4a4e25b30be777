import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type BackupOptions, backup } from '../../../src/index.ts';
import { LeaseObject } from '../../../src/lease/lease-object.ts';
import { LEASE_TIMES } from '../../../src/lease/lease-times.ts';
import { takeLease } from '../../../src/lease/take-lease.ts';
import { Store } from '../../../src/s3/store.ts';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { bytesOf, useBucketClient } from '../../support/bucket.ts';
import { reachOf } from '../../support/cat.ts';
import { backupTo, fatesOf, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useSimpleStore } from '../../support/simple-store.ts';
import { namesIn, useTree } from '../../support/tree.ts';

const PLAN = '20261130T021500Z-1a2b3c4d';
const SHARD_LEASE = `p/.s3-backup/plans/${PLAN}/shards/00003/lease`;
const SHARD: Partial<BackupOptions> = { prefix: 'p', range: { from: 'a' }, shard: { plan: PLAN, index: 3 } };
const BUCKET: Partial<BackupOptions> = { prefix: 'p', lock: 'bucket' };

/** A run of another machine, which renews its lease often. */
async function useOtherRun(t: TestContext, server: S3Server, key: string): Promise<void> {
  const store = new Store(reachOf(server));
  const holder = { host: 'elsewhere', pid: 1, since: '2026-12-01T00:00:00.000Z' };
  const times = { ...LEASE_TIMES, renewMs: 200 };
  const object = new LeaseObject(store, key, holder);
  const lease = await takeLease({ object, times, onLost: () => assert.fail('it was taken away') });
  t.after(async () => {
    await lease.release();
    store.close();
  });
}

describe('a run with a lease', { concurrency: true }, () => {
  for (const [what, more, key] of [
    ['a prefix', BUCKET, 'p/.s3-backup/lease'],
    ['a shard', SHARD, SHARD_LEASE],
  ] as const) {
    it(`takes that of ${what}, and gives it back at the end`, async (t) => {
      const server = await useS3Server(t);
      const source = useTree(t, { 'd/a': '1', b: '2' });
      const report = await moveTo(server, source, more);
      assert.deepEqual([report.error, fatesOf(report)], [null, { 'd/a': 'deleted', b: 'deleted' }]);
      const { released, pid } = JSON.parse(String(await bytesOf(useBucketClient(t, server), key)));
      assert.deepEqual([released, pid], [true, process.pid]);
      const again = await moveTo(server, useTree(t, { c: '3' }), more);
      assert.deepEqual(fatesOf(again), { c: 'deleted' });
    });

    it(`does nothing while another machine works on ${what}`, async (t) => {
      const server = await useS3Server(t);
      await useOtherRun(t, server, key);
      const source = useTree(t, { 'd/a': '1' });
      await assert.rejects(moveTo(server, source, more), {
        code: 'LOCKED',
        message: `Another run holds the lease s3://test-bucket/${key}: process 1 on elsewhere since 2026-12-01T00:00:00.000Z.`,
      });
      assert.deepEqual(namesIn(source), ['d', 'd/a']);
      const written = server.requests.of('PutObject').filter((request) => request.key !== key);
      assert.deepEqual(written, []);
    });
  }

  it('shares its work with processes that delete', async (t) => {
    const server = await useS3Server(t);
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`d${n % 3}/${n}`, String(n)]));
    const source = useTree(t, files);
    const report = await moveTo(server, source, { ...BUCKET, processes: 2 });
    assert.deepEqual([report.error, report.counts.deleted, namesIn(source)], [null, 40, []]);
  });
});

describe('a run without a lease', () => {
  it('is that of a shard if it wants none, an ordinary one, and a dry run', async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { a: '1' });
    await backupTo(server, source, { ...SHARD, lock: 'machine' });
    await backupTo(server, source, { prefix: 'p' });
    await backupTo(server, source, { ...SHARD, dryRun: true });
    await backupTo(server, source, { ...BUCKET, dryRun: true });
    assert.deepEqual(
      server.requests.of('PutObject').filter(({ key }) => key?.endsWith('lease')),
      [],
    );
  });
});

describe('a store that heeds no conditions', () => {
  it('ends a run with a lease before anything is touched', async (t) => {
    const store = await useSimpleStore(t, { ignoresConditions: true });
    const source = useTree(t, { a: '1' });
    await assert.rejects(backup(store.options(source, { ...BUCKET, deleteAfterUpload: true })), {
      code: 'LEASE_UNSUPPORTED',
    });
    assert.deepEqual(namesIn(source), ['a']);
    assert.deepEqual([...store.objects.keys()], ['p/.s3-backup/lease']);
  });
});
