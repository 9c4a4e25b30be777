/**
 * The program is killed when 60 % of a large file are in the bucket, and started again.
 *
 * `LARGE_TEST_BYTES=4294967296` for a file of 4 GiB, by default 1 GiB; twice as much is needed on the disk.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unfinishedUploads } from '../../support/bucket.ts';
import { finish, killAtSixty, useLarge } from '../../support/large-run.ts';
import { useProgram } from '../../support/program.ts';
import { MIB } from '../../support/run.ts';

const size = Number(process.env.LARGE_TEST_BYTES ?? 1024 * MIB);

const program = useProgram();

for (const transport of ['auto', 'sdk']) {
  test(`after SIGKILL at 60 % the next run sends less than 45 % (transport: ${transport})`, async (t) => {
    const env = { backup_transfer__transport: transport };
    const large = await useLarge(t, { bin: program.bin, size, env });
    await killAtSixty(large);
    const sent = await finish(large);
    t.diagnostic(`of ${size} bytes the second run sent ${(100 * sent).toFixed(1)} %`);
    assert.ok(sent < 0.45, `it sent ${sent}`);
    assert.deepEqual(await unfinishedUploads(large.client), []);
  });
}
