/** A restore to a folder that takes no more. */
import assert from 'node:assert/strict';
import { mkdirSync, statfsSync } from 'node:fs';
import { test } from 'node:test';
import { makeReadOnly, withMount } from '../../support/mounts.ts';
import { endsOf, useRestorePlace } from '../../support/restore.ts';
import { MIB } from '../../support/run.ts';
import { namesIn } from '../../support/tree.ts';

for (const size of [1, 12]) {
  test(`a full target ends a restore of files of ${size} MiB, and a later run resumes it`, async (t) => {
    const place = await useRestorePlace(t);
    const names = Array.from({ length: 40 }, (_, index) => `sub/${10 + index}`);
    for (const name of names) await place.put(name, Buffer.alloc(size * MIB, name));
    await withMount(t, place.to, ['-t', 'tmpfs', '-o', `size=${size * 5}m`, 'tmpfs'], async () => {
      const report = await place.restore({ concurrency: 2, memoryBytes: 64 * MIB });
      assert.deepEqual([report.error?.code, report.exit_code], ['TARGET_FULL', 1]);
      assert.match(report.error?.message ?? '', /no room left/);
      const reads = place.server.requests.filter(({ operation }) => operation === 'GetObject');
      assert.ok(reads.length < names.length, `${reads.length} objects or ranges were read for nothing`);
      const ends = Object.values(endsOf(report));
      assert.ok(ends.includes('failed WRITE_FAILED') && ends.includes('restored'), ends.join());
      assert.ok(ends.includes('failed RUN_FAILED'), ends.join());
      // The listing ends with the run; what was worked on before is in the report.
      const reported = new Set(report.files.map(({ key }) => key));
      for (const { key } of reads) assert.ok(key !== undefined && reported.has(key), key);

      const restored = report.files.filter(({ fate }) => fate === 'restored').map(({ path }) => `/${path}`);
      const next = await place.restore({ pattern: restored });
      assert.deepEqual([next.counts.unchanged, next.exit_code], [restored.length, 0]);
    });
  });
}

test('a target without room for folders and empty files ends a restore, too', async (t) => {
  const place = await useRestorePlace(t);
  for (const key of ['one/', 'two/', 'three/', 'four/', 'five/', 'file', 'link.rclonelink'])
    await place.put(key, 'x'.slice(0, key.endsWith('/') ? 0 : 1));
  await withMount(t, place.to, ['-t', 'tmpfs', '-o', 'nr_inodes=3', 'tmpfs'], async () => {
    const report = await place.restore({ links: true });
    assert.equal(report.error?.code, 'TARGET_FULL');
    assert.equal(statfsSync(place.to).ffree, 0);
  });
});

test('a read-only target is said to be one after the first file, not after all of them', async (t) => {
  const place = await useRestorePlace(t);
  for (let index = 0; index < 200; index += 1) await place.put(`file-${index}`, 'content');
  mkdirSync(place.to);
  await withMount(t, place.to, ['--bind', place.to], async () => {
    const refused = makeReadOnly(place.to);
    if (refused !== undefined) return t.skip(refused);
    const report = await place.restore({ concurrency: 2 });
    assert.equal(report.error?.code, 'TARGET_UNUSABLE');
    const got = place.server.requests.filter(({ operation }) => operation === 'GetObject').length;
    assert.ok(got < 100, `${got} objects were read for nothing`);
    assert.deepEqual(namesIn(place.to), []);
  });
});
