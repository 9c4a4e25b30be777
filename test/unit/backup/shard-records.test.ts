import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { ManifestEntry } from '../../../src/index.ts';
import { listRuns } from '../../../src/manifest/runs.ts';
import { Store } from '../../../src/s3/store.ts';
import { ndjson } from '../../support/backed-up.ts';
import { bytesOf, keysIn, useBucketClient } from '../../support/bucket.ts';
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
  assert.deepEqual((await keysIn(client)).filter((key) => key.startsWith(FOLDER)).sort(), [
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

test('a shard whose record is not stored asks for another try, whatever else failed', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: 'a', b: 'b' });
  const fault = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  server.faults.plan({ operation: 'PutObject', key: 'p/b', do: fault });
  server.faults.plan({ operation: 'PutObject', key: /runs\/[^/]+$/, do: fault });
  const options = { prefix: 'p', shard: SHARD, range: {} };
  const { exit_code, manifest, counts } = await moveTo(server, source, options);
  assert.deepEqual([exit_code, manifest, counts.failed], [75, null, 1]);
  assert.equal((await moveTo(server, source, options)).exit_code, 0);
});

test('the manifest says why a file failed, in few words, and nothing of that about other files', async (t) => {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  const source = useTree(t, { a: 'a', b: 'b' });
  const message = `no${' luck'.repeat(1_000)}`;
  server.faults.plan({
    operation: 'PutObject',
    key: 'b',
    do: { kind: 'error', status: 403, code: 'AccessDenied', message },
  });
  const { manifest } = await moveTo(server, source, { manifest: true });
  const [, ...lines] = ndjson<ManifestEntry>(gunzipSync(await bytesOf(client, manifest ?? '')).toString());
  const reasons = new Map(lines.map(({ path, reason }) => [path, reason]));
  assert.match(reasons.get('b') ?? '', /^PutObject: AccessDenied .* luck/);
  assert.deepEqual([reasons.get('b')?.length, reasons.has('a'), reasons.get('a')], [500, true, undefined]);
});
