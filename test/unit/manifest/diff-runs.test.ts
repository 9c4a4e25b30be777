import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffRuns } from '../../../src/manifest/diff-runs.ts';
import type { ManifestEntry } from '../../../src/manifest/manifest.ts';
import type { RunRecord } from '../../../src/manifest/run-record.ts';

const ENTRY: ManifestEntry = {
  path: 'a',
  key: 'a',
  size: 1,
  mtime: '1.000000000',
  mode: null,
  md5: 'x',
  etag: 'x',
  version_id: null,
  fate: 'kept',
  proof: 'etag-md5',
  code: null,
};

function record(...entries: Partial<ManifestEntry>[]): RunRecord {
  async function* all() {
    for (const entry of entries) yield { ...ENTRY, ...entry };
  }
  return { name: 'a run', run: 'id', bucket: 'b', prefix: '', entries: all() };
}

async function differences(older: RunRecord, newer: RunRecord) {
  const found: string[] = [];
  let same = 0;
  for await (const { change, path } of diffRuns(older, newer, () => (same += 1)))
    found.push(`${change} ${path}`);
  return [...found, same];
}

test('files of one run only came or went, and files of both are the same or changed', async () => {
  const older = record({ path: 'went' }, { path: 'same' }, { path: 'changed' });
  const newer = record({ path: 'came' }, { path: 'changed', md5: 'y', etag: 'y' }, { path: 'same' });
  assert.deepEqual(await differences(older, newer), ['came came', 'changed changed', 'went went', 1]);
});

test('files that S3 did not hold at the end of a run do not count', async () => {
  const lost = { fate: 'failed', proof: null } as const;
  assert.deepEqual(await differences(record({ ...lost }), record({})), ['came a', 0]);
  assert.deepEqual(await differences(record({}), record({ ...lost })), ['went a', 0]);
  // Proved, and then not deleted.
  assert.deepEqual(await differences(record({ fate: 'failed' }), record({})), [1]);
});

for (const [title, newer, isSame] of [
  ['an equal MD5, whatever the parts', { etag: 'y-2' }, true],
  ['another MD5, whatever the ETag', { md5: 'y' }, false],
  ['another size', { size: 2 }, false],
  ['an equal ETag without an MD5', { md5: null, mtime: '2.000000000' }, true],
  [
    'the time of the file, if a run has not read it',
    { md5: null, etag: null, proof: null, fate: 'unchanged' },
    true,
  ],
  ['another time and no digest', { md5: null, etag: null, mtime: '2.000000000' }, false],
] as const) {
  test(`what decides is ${title}`, async () => {
    assert.deepEqual(await differences(record({}), record(newer)), isSame ? [1] : ['changed a', 0]);
  });
}
