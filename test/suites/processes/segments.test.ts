import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { batchLimit } from '../../../src/flow/descriptor-limits.ts';
import { ndjson } from '../../support/backed-up.ts';
import { objectsIn, useBucketClient } from '../../support/bucket.ts';
import { moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useTree } from '../../support/tree.ts';

const COUNT = 5_000;

for (const processes of [1, 2]) {
  test(`a move of ${COUNT} files stores a segment for each full batch, with ${processes} processes`, async (t) => {
    const server = await useS3Server(t);
    const files = Array.from({ length: COUNT }, (_, n) => [`d${n % 7}/${n}`, `${n}`]);
    const source = useTree(t, Object.fromEntries(files));
    const begun = performance.now();
    const report = await moveTo(server, source, { manifest: true, processes });
    const seconds = (performance.now() - begun) / 1000;
    assert.deepEqual([report.deleted_files, report.exit_code], [COUNT, 0]);
    const segments = [...(await objectsIn(useBucketClient(t, server)))].filter(([key]) =>
      /\.s3-backup\/runs\/segments\//.test(key),
    );
    // Each process has an incomplete batch at the end, and one more after ten seconds without a full one.
    const most = Math.ceil(COUNT / batchLimit()) + processes * Math.floor(seconds / 10) + processes - 1;
    assert.ok(segments.length <= most, `${segments.length} segments, at most ${most}`);
    t.diagnostic(`${segments.length} segments of ${COUNT} files`);
    const paths = segments.flatMap(([, bytes]) =>
      ndjson<{ path: string }>(gunzipSync(bytes).toString())
        .slice(1)
        .map(({ path }) => path),
    );
    assert.deepEqual(paths.sort(), report.files.map(({ path }) => path).sort());
  });
}

test('child processes record the files of a shard in the folder of its runs', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: 'a', b: 'b', c: 'c' });
  const shard = { plan: '20261130T021500Z-1a2b3c4d', index: 3 };
  await moveTo(server, source, { shard, range: {}, processes: 2 });
  const keys = [...(await objectsIn(useBucketClient(t, server))).keys()];
  const own = keys.filter((key) => key.startsWith('.s3-backup/') && !key.endsWith('/lease'));
  assert.ok(own.length >= 2);
  const inShard = new RegExp(`^\\.s3-backup/plans/${shard.plan}/shards/00003/runs/(segments/|[^/]+$)`);
  for (const key of own) assert.match(key, inShard);
});
