import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SegmentWriter } from '../../../src/backup/segment-writer.ts';
import { type FileEntry, readManifest } from '../../../src/index.ts';
import { listRuns, runWithCounts, type StoredRun } from '../../../src/manifest/runs.ts';
import { SegmentLines } from '../../../src/manifest/segment-lines.ts';
import { segmentKey } from '../../../src/manifest/segments.ts';
import { Store } from '../../../src/s3/store.ts';
import { bytesOf, keysIn, useBucketClient } from '../../support/bucket.ts';
import { optionsFor } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { entry } from '../report/entries.ts';

const RUN = '20261130T021500Z-1a2b3c4d';
const OTHER = '20261129T021500Z-00000000';
const PREFIX = 'prefix/';

async function useSegments(t: TestContext) {
  const server = await useS3Server(t);
  const { bucket, endpointUrl, region, credentials } = optionsFor(server, '/source');
  const options = { bucket, endpointUrl, region, credentials };
  const store = new Store(options);
  t.after(() => store.close());
  const client = useBucketClient(t, server);
  const put = async (Key: string, Body: string | Buffer) => {
    await client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key: PREFIX + Key, Body }));
  };
  /** Stores a segment, as a run would. */
  const write = async (order: string, entries: readonly FileEntry[], run = RUN) => {
    const facts = { run, start_time: '', source: '/source', bucket: TEST_BUCKET, prefix: PREFIX };
    const writer = new SegmentWriter(options, facts, () => order, AbortSignal.timeout(60_000));
    const lines = new SegmentLines();
    for (const one of entries) lines.add(one);
    const key = await writer.store(lines);
    writer.close();
    return key;
  };
  const read = async (run = 'latest') => {
    const record = await readManifest(store, PREFIX, run);
    const entries: string[] = [];
    for await (const { path, etag, fate } of record.entries) entries.push(`${path} ${etag} ${fate}`);
    return { record, entries };
  };
  return { store, client, put, write, read };
}

async function runsIn(store: Store): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  for await (const run of listRuns(store, PREFIX)) runs.push(run);
  return runs;
}

const etag = (text: string) => ({ etag: text });

test('the segments of a run without a manifest are read, the newest first, each object once', async (t) => {
  const { write, read, store } = await useSegments(t);
  await write('00000002.00000001', [entry('a', 'deleted', etag('1')), entry('b', 'deleted', etag('1'))]);
  await write('00000002.00000010', [entry('c', 'deleted', etag('1'))]);
  await write('00000010', [entry('a', 'deleted', etag('2'))]);
  await write('00000003', [entry('b', 'failed', { ...etag('1'), proof: 'etag-md5' }), entry('d', 'failed')]);
  const { record, entries } = await read();
  assert.deepEqual(entries, ['a 2 deleted', 'b 1 failed', 'd null failed', 'c 1 deleted']);
  assert.deepEqual([record.run, record.isUnfinished, record.bucket], [RUN, true, TEST_BUCKET]);
  assert.deepEqual(record.counts, { files: 4, bytes: 4, failed: 2 });
  const [run, ...others] = await runsIn(store);
  assert.deepEqual(others, []);
  assert.ok(run?.stored !== undefined && run.stored > 0);
  assert.deepEqual(await runWithCounts(store, run), {
    run: RUN,
    key: `${PREFIX}.s3-backup/runs/segments/${RUN}/`,
    start_time: '2026-11-30T02:15:00Z',
    files: 4,
    bytes: 4,
    failed: 2,
    end: null,
    unfinished: true,
  });
});

test('a segment of 3,000 files has all of them', async (t) => {
  const { write, read } = await useSegments(t);
  const names = Array.from({ length: 3_000 }, (_, n) => `file-${n}`);
  await write(
    '00000001',
    names.map((name) => entry(name, 'deleted', etag('e'))),
  );
  const { entries } = await read();
  assert.deepEqual(
    entries,
    names.map((name) => `${name} e deleted`),
  );
});

test('a manifest counts for more than the segments of its run, and other objects beside it are no runs', async (t) => {
  const { write, put, store } = await useSegments(t);
  await write('00000001', [entry('a', 'deleted', etag('1'))]);
  await write('00000001', [entry('a', 'deleted', etag('1'))], OTHER);
  await put(`.s3-backup/runs/${RUN}.ndjson.gz`, 'a manifest');
  await put('.s3-backup/runs/segments/20261128T021500Z-00000000/notes.txt', 'not of ours');
  await put('.s3-backup/runs/segments/notes/00000001-1-1-0.ndjson.gz', 'not of ours');
  const runs = await runsIn(store);
  assert.deepEqual(
    runs.map(({ id, isUnfinished }) => [id, isUnfinished]),
    [
      [OTHER, true],
      [RUN, false],
    ],
  );
});

test('a segment of another run or prefix, and one that breaks off, are refused', async (t) => {
  const { write, read, put, client } = await useSegments(t);
  const key = await write('00000001', [entry('a', 'deleted', etag('1'))], OTHER);
  const bytes = await bytesOf(client, key);
  const name = '00000001-1-1-0';
  await put(segmentKey('', RUN, name), bytes);
  const code = 'MANIFEST_UNREADABLE';
  const of = `Segment ${name} of run ${RUN} cannot be used: `;
  await assert.rejects(read(RUN), { code, message: `${of}it is that of run ${OTHER}.` });
  await put(segmentKey('', RUN, name), bytes.subarray(0, -12));
  await assert.rejects(read(RUN), { code, message: /cannot be used: / });
  assert.equal((await keysIn(client)).length, 2);
});
