import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ManifestEntry } from '../../../src/index.ts';
import type { FaultAction, Operation } from '../../../src/s3-server/index.ts';
import { ndjson } from '../../support/backed-up.ts';
import { bytesOf, keysIn, useBucketClient } from '../../support/bucket.ts';
import { useFaultyProxy } from '../../support/faulty-proxy.ts';
import { backupTo, entryFor, fatesOf, moveTo } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { namesIn, useTree } from '../../support/tree.ts';

/** The key of a segment: the folder of runs, and the id of the run. */
const SEGMENT = /^(.*\.s3-backup\/runs\/)segments\/([^/]+)\/\d{8}(\.\d{8})?-\d+-\d+-\d+\.ndjson\.gz$/;

async function segmentsIn(client: S3Client): Promise<string[]> {
  return (await keysIn(client)).filter((key) => SEGMENT.test(key));
}

async function linesOf(client: S3Client, key: string) {
  const [head, ...lines] = ndjson(gunzipSync(await bytesOf(client, key)).toString());
  return { head, lines: lines as unknown as ManifestEntry[] };
}

test('a move records every file in a segment, proves it, and only then moves a file aside', async (t) => {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  const source = useTree(t, { a: '12345', 'b/c': '678' });
  const seen: string[][] = [];
  const run = () => void seen.push(namesIn(source));
  for (const operation of ['PutObject', 'HeadObject', 'GetObject'] as const)
    server.faults.plan({ operation, key: SEGMENT, do: { kind: 'call', run } });
  const report = await moveTo(server, source, { prefix: 'p', manifest: true });
  const here = ['a', 'b', 'b/c'];
  assert.deepEqual(seen, [here, here, here]);
  assert.deepEqual(fatesOf(report), { a: 'deleted', 'b/c': 'deleted' });
  const [key = '', ...others] = await segmentsIn(client);
  assert.deepEqual(others, []);
  const [, folder, id] = SEGMENT.exec(key) ?? [];
  assert.equal(report.manifest, `${folder}${id}.ndjson.gz`);
  const segment = await linesOf(client, key);
  const manifest = await linesOf(client, report.manifest ?? '');
  assert.deepEqual(segment.lines, manifest.lines);
  const { end_time, interrupted, error, ...head } = manifest.head ?? {};
  assert.deepEqual(segment.head, { ...head, segment: '00000001-2-8-0' });
  assert.match(key, /00000001-2-8-0\.ndjson\.gz$/);
});

test('a segment has the paths of several sources with their prefixes', async (t) => {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  const folder = useTree(t, { 'one/a': 'a', 'two/b': 'b' });
  const source = ['one', 'two'].map((name) => ({ folder: join(folder, name) }));
  const { manifest } = await moveTo(server, folder, { source, manifest: true });
  const keys = await segmentsIn(client);
  const lines = (await Promise.all(keys.map((key) => linesOf(client, key)))).flatMap((one) => one.lines);
  assert.deepEqual(
    lines.map(({ path, key }) => [path, key]),
    [
      ['one/a', 'one/a'],
      ['two/b', 'two/b'],
    ],
  );
  assert.deepEqual(lines, (await linesOf(client, manifest ?? '')).lines);
});

test('without a manifest, without deletion, and in a dry run, no segment is stored for a few files', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: 'a' });
  await backupTo(server, source, { manifest: true });
  await moveTo(server, source, { manifest: true, dryRun: true });
  await moveTo(server, source);
  assert.deepEqual(await segmentsIn(useBucketClient(t, server)), []);
});

const LIES: Record<string, [Operation, FaultAction]> = {
  'is refused': ['PutObject', { kind: 'error', status: 403, code: 'AccessDenied' }],
  'is acknowledged and not stored': ['PutObject', { kind: 'vanish' }],
  'has another ETag by now': ['HeadObject', { kind: 'wrong-etag' }],
  'is stored with a wrong byte': ['PutObject', { kind: 'flip-byte' }],
  'cannot be read back': ['GetObject', { kind: 'error', status: 403, code: 'AccessDenied' }],
};

for (const [what, [operation, fault]] of Object.entries(LIES)) {
  test(`nothing is deleted if its segment ${what}; the next run deletes it`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { a: 'a', 'b/c': 'b' });
    server.faults.plan({ operation, key: SEGMENT, do: fault });
    const report = await moveTo(server, source, { manifest: true });
    assert.deepEqual(fatesOf(report), { a: 'failed NOT_RECORDED', 'b/c': 'failed NOT_RECORDED' });
    assert.deepEqual([report.exit_code, report.failed_deletions], [2, 2]);
    assert.match(report.files[0]?.reason ?? '', /^it was not deleted, since no record of its deletion could/);
    assert.deepEqual(namesIn(source), ['a', 'b', 'b/c']);
    const next = await moveTo(server, source, { manifest: true });
    assert.deepEqual([next.exit_code, next.deleted_files, namesIn(source)], [0, 2, []]);
  });
}

for (const [what, key] of [
  ['segment', SEGMENT],
  ['manifest', /runs\/[^/]+$/],
] as const) {
  test(`an endpoint that goes away before the ${what} of a run is waited for, as for a file`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { a: 'a' });
    const proxy = await useFaultyProxy(t, server);
    const run = async () => {
      proxy.cut();
      const before = proxy.connections;
      void (async () => {
        // The tries of a request without an outage are over by then.
        while (proxy.connections < before + 2) await sleep(10);
        proxy.restore();
      })();
    };
    server.faults.plan({ operation: 'PutObject', key, do: { kind: 'call', run } });
    const report = await moveTo(server, source, { manifest: true, endpointUrl: proxy.url, maxAttempts: 1 });
    assert.deepEqual(fatesOf(report), { a: 'deleted' });
    assert.deepEqual([report.exit_code, typeof report.manifest, namesIn(source)], [0, 'string', []]);
  });
}

test('a stop while the segment is stored deletes nothing that is not recorded', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: 'a' });
  const stop = new AbortController();
  const run = () => {
    stop.abort('SIGINT');
    throw new Error('it is not stored');
  };
  server.faults.plan({ operation: 'PutObject', key: SEGMENT, times: 9, do: { kind: 'call', run } });
  const report = await moveTo(server, source, { manifest: true, signal: stop.signal, maxAttempts: 1 });
  assert.deepEqual(fatesOf(report), { a: 'failed INTERRUPTED' });
  assert.deepEqual([report.exit_code, namesIn(source)], [130, ['a']]);
});

test('a file that is not deleted after all has its end in the manifest', async (t) => {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  const source = useTree(t, { a: 'a', b: 'b' });
  server.faults.plan({
    operation: 'GetObject',
    key: SEGMENT,
    do: { kind: 'call', run: () => rmSync(join(source, 'b')) },
  });
  const report = await moveTo(server, source, { manifest: true });
  assert.deepEqual(fatesOf(report), { a: 'deleted', b: 'failed FILE_CHANGED' });
  const { lines } = await linesOf(client, report.manifest ?? '');
  assert.deepEqual(Object.fromEntries(lines.map(({ path, fate }) => [path, fate])), {
    a: 'deleted',
    b: 'failed',
  });
});

test('a move of a list that is run again knows from the segments of a killed run what that has moved', async (t) => {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  const source = useTree(t, { a: 'a', b: 'b', c: 'c' });
  const moveList = (text: string) =>
    moveTo(server, source, { list: { input: Readable.from([text]) }, prefix: 'p', manifest: true });
  await moveTo(server, source, { list: { input: Readable.from(['c']) }, prefix: 'p' });
  const first = await moveList('a\n');
  // Without its manifest the run is as if it had been killed.
  for (const Key of [first.manifest ?? '', 'p/a'])
    await client.send(new DeleteObjectCommand({ Bucket: TEST_BUCKET, Key }));
  const second = await moveList('a\nb\nc\nd\n');
  assert.deepEqual(fatesOf(second), {
    a: 'skipped MOVED_BEFORE',
    b: 'deleted',
    c: 'skipped MOVED_BEFORE',
    d: 'failed NOT_FOUND',
  });
  assert.match(entryFor(second, 'a').reason ?? '', /a run that did not end has recorded/);
  assert.match(entryFor(second, 'c').reason ?? '', /S3 holds an object under its key/);
});
