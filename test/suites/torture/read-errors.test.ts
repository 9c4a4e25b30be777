import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lookAtDisk } from '../../support/findings.ts';
import { withOddFileSystem } from '../../support/mounts.ts';
import { usePlace } from '../../support/place.ts';
import { MIB } from '../../support/run.ts';

for (const percent of [10, 50, 100]) {
  test(`of files whose reading fails with EIO in ${percent} % of all reads none is lost`, async (t) => {
    const place = await usePlace(t);
    const real = join(place.root, 'real');
    const small = Array.from({ length: 400 }, (_, n) => [`d${n % 3}/file-${n}`, `content ${n}`]);
    place.add({ large: Buffer.alloc(12 * MIB, 'two parts '), ...Object.fromEntries(small) });
    renameSync(place.source, real);
    await withOddFileSystem(t, real, place.source, [`read-errors=${percent}`], async () => {
      const report = await place.move();
      assert.equal(report.exit_code, 2);
      const failed = report.files.filter(({ fate }) => fate !== 'deleted');
      assert.ok(
        failed.length > 0 && failed.every(({ code }) => code === 'UNREADABLE'),
        JSON.stringify(failed),
      );
      assert.equal(report.deleted_files, percent === 100 ? 0 : 401 - failed.length);
      assert.ok(percent === 100 || report.deleted_files > 0);
    });
    // Read where it does not fail.
    const found = { ...(await place.look()), ...lookAtDisk(real) };
    assert.deepEqual(place.ledger.losses(found), []);
  });
}
