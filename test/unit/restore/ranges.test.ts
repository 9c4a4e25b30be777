import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { compareKeys } from '../../../src/core/key.ts';
import type { KeyRange } from '../../../src/core/key-range.ts';
import type { RestoreOptions } from '../../../src/index.ts';
import { endsOf, type RestorePlace, useRestorePlace } from '../../support/restore.ts';
import { backupTo } from '../../support/run.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';
import { useTree } from '../../support/tree.ts';

/** Keys around a folder whose name also begins others. */
const KEYS = [
  'Z',
  'a',
  'a-b',
  'a.txt',
  'a0',
  'd/a',
  'd/m/1',
  'd/m/2',
  'd/m0',
  'd/z',
  'd0',
  'z/\uFFFD',
  'z/\u{1F600}',
];
/** Bounds at keys, at folders, and between them. */
const CUTS = ['a', 'a.', 'a/', 'a0', 'd', 'd/', 'd/m', 'd/m/', 'd/m/2', 'd/m0', 'd0', 'z/\u{1F600}', '~'];

function rangesAt(cuts: readonly string[]): KeyRange[] {
  return [undefined, ...cuts].map((from, place) => ({ from, to: cuts[place] }));
}

/** Restores each range into a folder of its own, and returns the sorted paths of all. */
async function restoreAll(place: RestorePlace, cuts: readonly string[], more: Partial<RestoreOptions> = {}) {
  const paths: string[] = [];
  for (const range of rangesAt(cuts)) {
    const report = await place.restore({ prefix: 'p', range, ...more });
    assert.equal(report.exit_code, 0);
    paths.push(...report.files.filter(({ fate }) => fate === 'restored').map(({ path }) => path));
    rmSync(place.to, { recursive: true });
  }
  return paths.sort(compareKeys);
}

test('restores of ranges that meet bring every object back, and none twice, wherever the cuts are', async (t) => {
  const place = await useRestorePlace(t);
  for (const key of KEYS) await place.put(`p/${key}`, key);
  for (const cut of CUTS) assert.deepEqual(await restoreAll(place, [cut]), KEYS, `cut at ${cut}`);
  assert.deepEqual(await restoreAll(place, CUTS), KEYS);
});

test('restores of ranges into one folder have the same result as one restore', async (t) => {
  const place = await useRestorePlace(t);
  for (const key of KEYS) await place.put(`p/${key}`, key);
  for (const range of rangesAt(['a/', 'd/m/2'])) await place.restore({ prefix: 'p', range });
  const content = place.content();
  rmSync(place.to, { recursive: true });
  await place.restore({ prefix: 'p' });
  assert.deepEqual(content, place.content());
});

test('patterns choose within a range, and one that chooses nothing there is no failure', async (t) => {
  const place = await useRestorePlace(t);
  for (const key of KEYS) await place.put(`p/${key}`, key);
  const chosen = await restoreAll(place, ['d/m/2'], { pattern: ['/d/**', '/a.txt'] });
  assert.deepEqual(chosen, ['a.txt', 'd/a', 'd/m/1', 'd/m/2', 'd/m0', 'd/z']);
  const warnings: string[] = [];
  const log = () => undefined;
  const warn = (_: object, message: string) => void warnings.push(message);
  const logger = { debug: log, info: log, warn, error: log };
  const report = await place.restore({ prefix: 'p', pattern: '/a.txt', range: { from: 'd' }, logger });
  assert.deepEqual([report.exit_code, report.files, warnings], [0, [], []]);
});

test('of the record of a run, the files whose keys are in the range come back', async (t) => {
  const place = await useRestorePlace(t);
  const source = useTree(t, Object.fromEntries(KEYS.map((key) => [key, key])));
  await backupTo(place.server, source, { prefix: 'p', manifest: true });
  await place.put('p/d/later', 'not of that run');
  assert.deepEqual(await restoreAll(place, ['a.', 'd/m/2', 'd0'], { run: 'latest' }), KEYS);
});

test('of an earlier state, the objects whose keys are in the range come back', async (t) => {
  const place = await useRestorePlace(t);
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await place.client.send(new PutBucketVersioningCommand({ Bucket: TEST_BUCKET, VersioningConfiguration }));
  for (const key of KEYS) for (const body of ['old', 'new']) await place.put(`p/${key}`, body);
  const versionAt = new Date(Date.now() + 60_000).toISOString();
  assert.deepEqual(await restoreAll(place, ['a.', 'd/m/2', 'd0'], { versionAt }), KEYS);
});

test('a range that lies in one page reads one page of the listing, of objects and of versions', async (t) => {
  const place = await useRestorePlace(t);
  const names = Array.from({ length: 1_200 }, (_, n) => String(n).padStart(4, '0'));
  const source = useTree(t, Object.fromEntries(names.map((name) => [`f/${name}`, ''])));
  await backupTo(place.server, source, { prefix: 'p' });
  const versionAt = new Date(Date.now() + 60_000).toISOString();
  const ranges = [{ to: 'f/0600' }, { from: 'f/0600', to: 'f/0900' }, { from: 'f/0900' }];
  for (const more of [{}, { versionAt }]) {
    const counts = [];
    for (const range of ranges) {
      place.server.requests.clear();
      const { files } = await place.restore({ prefix: 'p', range, dryRun: true, ...more });
      // One more listing for the access check.
      counts.push([files.length, place.server.requests.length - 1]);
    }
    assert.deepEqual(counts, [
      [600, 1],
      [300, 1],
      [300, 1],
    ]);
  }
});

test('ranges that share no key are restored into one new folder at the same time; others are kept off', async (t) => {
  const place = await useRestorePlace(t);
  for (const key of ['a', 'b']) await place.put(key, key);
  let other: Record<string, string> | undefined;
  const run = async () => {
    await assert.rejects(place.restore({ range: { from: 'A', to: 'b' } }), { code: 'LOCKED' });
    await assert.rejects(place.restore(), { code: 'LOCKED' });
    other = endsOf(await place.restore({ range: { from: 'b' } }));
  };
  place.server.faults.plan({ operation: 'GetObject', key: 'a', do: { kind: 'call', run } });
  const first = await place.restore({ range: { to: 'b' } });
  assert.deepEqual([endsOf(first), other], [{ a: 'restored' }, { b: 'restored' }]);
  assert.deepEqual(place.content(), { a: 'a', b: 'b' });
});

test('a restore that finds nothing in its range leaves the folder that it made, into which another may write', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('b', 'b');
  const { exit_code: code, files } = await place.restore({ range: { to: 'b' } });
  assert.deepEqual([code, files, existsSync(place.to)], [0, [], true]);
});

test('a range that ends before it begins is refused, and no folder is made', async (t) => {
  const place = await useRestorePlace(t);
  await assert.rejects(place.restore({ range: { from: 'b', to: 'a' } }), {
    code: 'BAD_OPTION',
    message: /^range is from "b" to "a"/,
  });
});
