import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import {
  type BackupOptions,
  backup,
  finishPlan,
  planShards,
  type Report,
  shardOptions,
} from '../../src/index.ts';
import { useBucketClient } from './bucket.ts';
import { optionsFor } from './run.ts';
import { TEST_BUCKET, useS3Server } from './s3-server.ts';
import { type Files, useTree } from './tree.ts';

/** A move that is divided into shards, below the prefix `p`. */
export async function usePlannedMove(
  t: TestContext,
  files: Files,
  shards: number,
  more: (folder: string) => Partial<BackupOptions> = () => ({}),
) {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  const source = useTree(t, files);
  const options = optionsFor(server, source, { prefix: 'p', deleteAfterUpload: true, ...more(source) });
  const stored = await planShards(options, { shards });
  assert.equal(stored?.plan.ranges.length, shards);
  const { id, ranges } = stored.plan;
  const runShard = async (index: number, own: Partial<BackupOptions> = {}): Promise<Report> => {
    const ofShard = await shardOptions(options, { plan: id, index, indexName: 'index' });
    return backup({ ...ofShard, ...own });
  };
  /** Does a part of a shard, and leaves what an attempt leaves that is killed then: its segments. */
  const killShard = async (index: number, own: Partial<BackupOptions>): Promise<Report> => {
    const report = await runShard(index, own);
    await client.send(new DeleteObjectCommand({ Bucket: TEST_BUCKET, Key: report.manifest ?? '' }));
    return report;
  };
  const finish = (own: Partial<BackupOptions> = {}) => finishPlan({ ...options, ...own }, id);
  const runAll = async () => {
    for (const index of ranges.keys()) await runShard(index);
  };
  /** The shard that has a key, without the prefix. */
  const shardOf = (key: string) => {
    const index = ranges.findIndex(({ from, to }) => key >= (from ?? '') && (to === null || key < to));
    assert.ok(index >= 0);
    return index;
  };
  const manifestKey = `p/.s3-backup/runs/${id}.ndjson.gz`;
  return {
    server,
    client,
    source,
    options,
    id,
    ranges,
    runShard,
    killShard,
    runAll,
    shardOf,
    finish,
    manifestKey,
  };
}
