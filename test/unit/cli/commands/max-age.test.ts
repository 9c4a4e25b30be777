import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { type BackedUp, PREFIX, useBackedUp } from '../../../support/backed-up.ts';
import { runCli, useWorkplace } from '../../../support/cli-context.ts';
import { TEST_BUCKET } from '../../../support/s3-server.ts';
import { type Changes, runsIn, storeEarlierRun } from '../../../support/stored-run.ts';

const CHECK = ['status', '--max-age', '26h'];
const HOUR = 3_600;

/** A folder of two files that was backed up some hours ago, and only then. */
async function useRunOf(t: TestContext, hours: number, changes: Changes = {}) {
  const place = await useBackedUp(t, { a: 'a', b: 'bb' }, ['--manifest']);
  const [now = ''] = await runsIn(place.client);
  const id = await storeEarlierRun(place, hours, changes);
  await deleteRun(place, now);
  return { ...place, id };
}

async function deleteRun({ client }: BackedUp, id: string): Promise<void> {
  const Key = `${PREFIX}.s3-backup/runs/${id}.ndjson.gz`;
  await client.send(new DeleteObjectCommand({ Bucket: TEST_BUCKET, Key }));
}

/** The age in the performance data, in hours. */
function ageIn(stdout: string): number {
  return Math.round(Number(/ \| age=(\d+)s;;\d+;0 /.exec(stdout)?.[1]) / HOUR);
}

describe('status --max-age', () => {
  it('exits 0 with one line about the last successful run if it is young enough', async (t) => {
    const { run, id } = await useRunOf(t, 25);
    const { code, stdout, stderr } = await run(CHECK);
    const line = new RegExp(
      `^S3-BACKUP OK - the last successful run ended 1d1h ago \\(${id}: 2 files, 3 B\\) \\| age=\\d+s;;93600;0 files=2 size=3B\n$`,
    );
    assert.match(stdout, line);
    assert.deepEqual([code, stderr, ageIn(stdout)], [0, '', 25]);
  });

  it('exits 2 if the last successful run is older', async (t) => {
    const { run } = await useRunOf(t, 27);
    const { code, stdout } = await run(CHECK);
    assert.match(
      stdout,
      /^S3-BACKUP CRITICAL - the last successful run ended 1d3h ago, more than 26h \(.*\n$/,
    );
    assert.deepEqual([code, ageIn(stdout)], [2, 27]);
  });

  it('counts from the end of a run, not from its beginning', async (t) => {
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR * 1_000).toISOString();
    const { run } = await useRunOf(t, 30, { head: { start_time: hoursAgo(30), end_time: hoursAgo(24) } });
    const { code, stdout } = await run(CHECK);
    assert.deepEqual([code, ageIn(stdout)], [0, 24]);
  });

  it('takes no run for one that ends after its manifest was written', async (t) => {
    const { run } = await useRunOf(t, -1_000);
    const { code, stdout } = await run(CHECK);
    assert.deepEqual([code, ageIn(stdout)], [0, 0]);
  });

  it('exits 2 and says so if no run has stored a manifest', async (t) => {
    const { run } = await useBackedUp(t, { a: 'a' }, []);
    const { code, stdout } = await run(CHECK);
    assert.match(
      stdout,
      /^S3-BACKUP CRITICAL - no run has stored a manifest below s3:\/\/test-bucket\/office\/; .*\n$/,
    );
    assert.equal(code, 2);
  });

  const FLAWS: readonly (readonly [string, Changes])[] = [
    ['it was stopped', { head: { interrupted: true } }],
    ['it ended with ENDPOINT_LOST', { head: { error: { code: 'ENDPOINT_LOST', message: 'x' } } }],
    ['it ended with MAX_DURATION', { head: { error: { code: 'MAX_DURATION', message: 'x' } } }],
    ['1 file failed', { metadata: { 'run-files': '1', 'run-bytes': '1', 'run-failed': '1' } }],
    ['its manifest is damaged', { head: { interrupted: 'no' } }],
    ['its manifest is damaged', { head: { run: '20261130T021500Z-1a2b3c4d' } }],
    ['its manifest is damaged', { head: { prefix: 'other/' } }],
    ['its manifest is damaged', { head: { error: { code: 'a b' } } }],
  ];
  for (const [flaw, changes] of FLAWS) {
    it(`does not count a run as successful if ${flaw}: ${JSON.stringify(changes)}`, async (t) => {
      const place = await useRunOf(t, 1, changes);
      const alone = await place.run(CHECK);
      const which = `the only run below s3://test-bucket/office/ (${place.id})`;
      assert.deepEqual(
        [alone.code, alone.stdout],
        [2, `S3-BACKUP CRITICAL - ${which} was not successful: ${flaw}\n`],
      );
      await storeEarlierRun(place, 2, changes);
      assert.match(
        (await place.run(CHECK)).stdout,
        new RegExp(`none of 2 runs below .* was successful; the last one \\(${place.id}\\): ${flaw}\n$`),
      );
      await place.run(['--manifest', '--compare', 'checksum']);
      const after = await place.run(CHECK);
      assert.match(after.stdout, /^S3-BACKUP OK - .* files, 3 B\) \| /);
      await storeEarlierRun(place, -0.5, changes);
      const before = await place.run(CHECK);
      assert.match(
        before.stdout,
        new RegExp(`^S3-BACKUP OK - .*; 1 later run was not successful, the last one \\(.*\\): ${flaw} \\| `),
      );
    });
  }

  it('does not count a run as successful that has stored segments and no manifest', async (t) => {
    const place = await useBackedUp(t, { a: 'a' }, ['--manifest', '--delete-after-upload']);
    const [id = ''] = await runsIn(place.client);
    await deleteRun(place, id);
    const { code, stdout } = await place.run(CHECK);
    const which = `the only run below s3://test-bucket/office/ (${id})`;
    const flaw = 'it has stored no manifest: it was killed, or is still at work';
    assert.deepEqual([code, stdout], [2, `S3-BACKUP CRITICAL - ${which} was not successful: ${flaw}\n`]);
  });

  it('counts the failed files in the manifest if its object has lost its metadata', async (t) => {
    const { run } = await useRunOf(t, 1, { metadata: {} });
    const { code, stdout } = await run(CHECK);
    assert.match(
      stdout,
      /^S3-BACKUP OK - the last successful run ended 1h ago \(\S+\) \| age=\d+s;;93600;0\n$/,
    );
    assert.equal(code, 0);
  });

  it('reads one manifest if the last run was successful, and lists nothing else', async (t) => {
    const { run, server } = await useRunOf(t, 1);
    const before = server.requests.length;
    await run(CHECK);
    const sent = server.requests.slice(before).map(({ operation, query }) => [operation, query]);
    assert.deepEqual(
      sent.map(([operation]) => operation),
      ['ListObjectsV2', 'ListObjectsV2', 'GetObject'],
    );
    assert.match(JSON.stringify(sent.slice(0, 2)), /runs.*runs/);
  });

  it('exits 3 with a line that says UNKNOWN if it cannot find out', async (t) => {
    const place = await useRunOf(t, 1);
    const { run, server } = place;
    const unknown = async (expected: RegExp, argv = CHECK, env: NodeJS.ProcessEnv = {}) => {
      const { code, stdout, stderr } = await run(argv, { env });
      assert.match(stdout, expected);
      assert.deepEqual([code, stderr, stdout.split('\n').length], [3, '', 2]);
    };
    await unknown(/^S3-BACKUP UNKNOWN - No bucket was given\. \[BAD_OPTION\] /, CHECK, {
      S3_BUCKET_NAME: undefined,
    });
    await unknown(/ UNKNOWN - environment backup_s3__prefxi: .* \[CONFIG_INVALID\]/, CHECK, {
      backup_s3__prefxi: 'x',
    });
    await unknown(/ UNKNOWN - --max-age is "26 hours"; use a duration: .* \[BAD_OPTION\]\n/, [
      'status',
      '--max-age',
      '26 hours',
    ]);
    server.faults.plan({ operation: 'GetObject', do: { kind: 'error', status: 403, code: 'AccessDenied' } });
    await unknown(/ UNKNOWN - Bucket test-bucket: GetObject: AccessDenied .* \[BUCKET_FORBIDDEN\]/);
    server.faults.plan({ operation: 'ListObjectsV2', times: 100, do: { kind: 'html-200' } });
    await unknown(/ UNKNOWN - .* answers, but not as an S3 endpoint\. \[ENDPOINT_NOT_S3\]/);
  });

  it('is not what --max-age means beside `run --status`', async (t) => {
    const { code, stdout, stderr } = await runCli(useWorkplace(t), ['--status', '--max-age', '26h']);
    assert.match(stderr, /use: s3-backup status --max-age\. \[BAD_OPTION\]\n$/);
    assert.deepEqual([code, stdout], [1, '']);
  });

  it('is in the help of status with its own meaning', async (t) => {
    const { stdout } = await runCli(useWorkplace(t), ['status', '--help']);
    assert.match(stdout, /Options:\n(?: .*\n)* {2,}--max-age DURATION +only check that/);
  });
});
