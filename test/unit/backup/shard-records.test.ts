import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listRuns } from '../../../src/manifest/runs.ts';
import { Store } from '../../../src/s3/store.ts';
import { keysIn, useBucketClient } from '../../support/bucket.ts';
import { moveTo, optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useTree } from '../../support/tree.ts';

const SHARD = { plan: '20261130T021500Z-1a2b3c4d', index: 42 };
const FOLDER = `p/.s3-backup/plans/${SHARD.plan}/shards/00042/runs/`;

test('a run on a shard always stores its record, in the folder of the shard', async (t) => {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  const source = useTree(t, { a: 'a' });
  const { manifest } = await moveTo(server, source, { prefix: 'p', shard: SHARD, range: {} });
  const run = manifest?.slice(FOLDER.length, -'.ndjson.gz'.length);
  assert.equal(manifest, `${FOLDER}${run}.ndjson.gz`);
  assert.deepEqual((await keysIn(client)).filter((key) => key.startsWith('p/.s3-backup/')).sort(), [
    manifest,
    `${FOLDER}segments/${run}/00000001-1-1-0.ndjson.gz`,
  ]);
});

test('a run on a shard is no run of the backup, and a dry run of it stores no record', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: 'a' });
  const options = { prefix: 'p', shard: SHARD, range: {} };
  assert.equal((await moveTo(server, source, { ...options, dryRun: true })).manifest, null);
  await moveTo(server, source, options);
  const { bucket, endpointUrl, region, credentials } = optionsFor(server, source);
  const store = new Store({ bucket, endpointUrl, region, credentials });
  t.after(() => store.close());
  const runsIn = async (folder?: string) => {
    let count = 0;
    for await (const _ of listRuns(store, 'p/', folder)) count += 1;
    return count;
  };
  assert.deepEqual([await runsIn(), await runsIn(FOLDER.slice('p/'.length))], [0, 1]);
});
