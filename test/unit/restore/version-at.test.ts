import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { type ObjectAtMoment, parseMoment, versionsAt } from '../../../src/restore/version-at.ts';
import type { ListedVersion } from '../../../src/s3/store.ts';
import type { S3ServerOptions } from '../../../src/s3-server/index.ts';
import { endsOf, type RestorePlace, useRestorePlace } from '../../support/restore.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';

const Bucket = TEST_BUCKET;

async function useVersions(
  t: TestContext,
  options: Partial<S3ServerOptions> = {},
): Promise<RestorePlace & { remove(key: string): Promise<void> }> {
  const place = await useRestorePlace(t, options);
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await place.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  return {
    ...place,
    remove: async (Key) => {
      await place.client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
  };
}

/** A moment that lies between what was written before and what is written after. */
async function moment(): Promise<string> {
  await sleep(5);
  const now = new Date().toISOString();
  await sleep(5);
  return now;
}

for (const transport of ['auto', 'sdk'] as const) {
  test(`a bucket that keeps versions is restored as it was at a moment (${transport})`, async (t) => {
    const place = await useVersions(t);
    await place.put('p/changed', 'first', { Metadata: { mode: '100640' } });
    await place.put('p/deleted', 'was here');
    await place.put('p/gone before', 'x');
    await place.remove('p/gone before');
    await place.put('p/large', Buffer.alloc(9_000_000, 'first'));
    const then = await moment();
    await place.put('p/changed', 'second, longer');
    await place.put('p/changed', 'third');
    await place.remove('p/deleted');
    await place.put('p/new', 'later');
    await place.put('p/gone before', 'back again');
    await place.put('p/large', Buffer.alloc(9_000_000, 'later'));

    const report = await place.restore({ prefix: 'p', versionAt: then, transport });

    assert.deepEqual(endsOf(report), {
      'p/changed': 'restored',
      'p/deleted': 'restored',
      'p/large': 'restored',
    });
    assert.deepEqual([report.exit_code, report.version_at], [0, then]);
    const { changed, deleted, large } = place.content();
    assert.deepEqual([changed, deleted, large?.slice(0, 10)], ['first', 'was here', 'firstfirst']);
    assert.ok(report.files.every(({ version_id }) => version_id && version_id !== 'null'));
    assert.equal((await place.restore({ prefix: 'p', versionAt: then })).counts.unchanged, 3);
  });
}

test('more versions than one page holds are read to the end', async (t) => {
  const place = await useVersions(t, { pageLimit: 10 });
  for (const round of ['1', '2', '3']) {
    await Promise.all(Array.from({ length: 7 }, (_, n) => place.put(`ä +${n}`, round)));
  }
  const then = await moment();
  await Promise.all(Array.from({ length: 7 }, (_, n) => place.put(`ä +${n}`, '4')));
  const report = await place.restore({ versionAt: then });
  assert.deepEqual([report.counts.restored, report.exit_code], [7, 0]);
  assert.deepEqual(new Set(Object.values(place.content())), new Set(['3']));
});

test('without versions, the earlier state of an object written since is unknown', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('older', 'content');
  const then = await moment();
  await place.put('newer', 'content');
  const report = await place.restore({ versionAt: then });
  assert.deepEqual(endsOf(report), { older: 'restored', newer: 'failed NO_VERSION_THEN' });
  assert.equal(report.exit_code, 2);
});

test('without versions, an object that is not wanted does not count as unknown', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('older.txt', 'content');
  const then = await moment();
  await place.put('newer.pdf', 'content');
  await place.put('.s3-backup/runs/2026-11-24T13:00:00Z-0123.ndjson.gz', 'of a run');
  const report = await place.restore({ versionAt: then, pattern: '*.txt' });
  assert.deepEqual(endsOf(report), {
    'older.txt': 'restored',
    'newer.pdf': 'skipped EXCLUDED',
    '.s3-backup/runs/2026-11-24T13:00:00Z-0123.ndjson.gz': 'skipped OWN_OBJECT',
  });
  assert.equal(report.exit_code, 0);
});

test('if versioning was suspended later, an object written since leaves the earlier state unknown', async (t) => {
  const place = await useVersions(t);
  await place.put('file', 'kept');
  await place.put('untouched', 'content');
  await place.client.send(
    new PutBucketVersioningCommand({
      Bucket: TEST_BUCKET,
      VersioningConfiguration: { Status: 'Suspended' },
    }),
  );
  await moment();
  await place.put('file', 'lost');
  const then = await moment();
  await place.put('file', 'present');
  const report = await place.restore({ versionAt: then });
  assert.deepEqual(endsOf(report), { file: 'failed NO_VERSION_THEN', untouched: 'restored' });
  assert.deepEqual(place.content(), { untouched: 'content' });
});

test('versionAt takes a time with a zone, or a date', () => {
  assert.equal(parseMoment('2026-11-24'), Date.UTC(2026, 10, 24));
  assert.equal(parseMoment('2026-11-24T13:00:00+01:00'), Date.UTC(2026, 10, 24, 12));
  assert.equal(parseMoment('2026-11-24T13:00Z'), Date.UTC(2026, 10, 24, 13));
  assert.equal(parseMoment('2026-11-24T13:00:00.250Z'), Date.UTC(2026, 10, 24, 13, 0, 0, 250));
  for (const text of [
    '',
    'now',
    '2026',
    '2026-11-24T13:00:00',
    '2026-13-01',
    '2026-02-30',
    '2026-11-31T13:00Z',
    '24.11.2026',
    '2026-11-24 13:00Z',
  ]) {
    assert.throws(() => parseMoment(text), { code: 'BAD_OPTION' }, text);
  }
});

const version = (lastModified: number, more: Partial<ListedVersion> = {}): ListedVersion => ({
  key: 'key',
  versionId: `v${lastModified}`,
  lastModified,
  size: 1,
  etag: 'etag',
  storageClass: undefined,
  isDeleteMarker: false,
  isLatest: false,
  ...more,
});

/** What is found of each key. */
async function foundAt(versions: readonly ListedVersion[], at: number): Promise<ObjectAtMoment['found'][]> {
  const listed = (async function* () {
    yield* versions;
  })();
  const found: ObjectAtMoment['found'][] = [];
  for await (const object of versionsAt(listed, at)) found.push(object.found);
  return found;
}

const idsOf = (found: ObjectAtMoment['found'][]) =>
  found.map((version) => (typeof version === 'string' ? version : version.versionId));

test('the version at a time is the newest that was written by then', async () => {
  const versions = [version(30), version(20), version(10)];
  assert.deepEqual(await foundAt([], 9), []);
  for (const [at, id] of [
    [9, 'absent'],
    [10, 'v10'],
    [19, 'v10'],
    [20, 'v20'],
    [99, 'v30'],
  ] as const) {
    assert.deepEqual(idsOf(await foundAt(versions, at)), [id]);
  }
  const deleted = version(20, { isDeleteMarker: true });
  assert.deepEqual(await foundAt([version(30), version(10), deleted], 25), ['absent']);
  assert.deepEqual(idsOf(await foundAt([version(30), version(10), deleted], 15)), ['v10']);
  assert.deepEqual(await foundAt([version(30, { versionId: 'null' })], 10), ['unknown']);
});

test('of a version and a deletion in one second the latest counts, or the version if S3 does not tell which is', async () => {
  const marker = version(20, { isDeleteMarker: true, versionId: 'marker' });
  assert.deepEqual(await foundAt([version(20), { ...marker, isLatest: true }], 20), ['absent']);
  assert.deepEqual(idsOf(await foundAt([version(20), marker], 20)), ['v20']);
});

test('each key has its own version at that time', async () => {
  const of = (key: string, ...times: number[]) => times.map((time) => version(time, { key }));
  const versions = [...of('a', 30, 10), ...of('b', 30), ...of('c', 20, 15), ...of('d', 20)];
  assert.deepEqual(idsOf(await foundAt(versions, 20)), ['v10', 'absent', 'v20', 'v20']);
});
