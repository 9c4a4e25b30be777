import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { useWorkplace, type Workplace } from '../../../support/cli-context.ts';
import { start, useProgram } from '../../../support/program.ts';

const program = useProgram();

/** In a process of its own, with a folder for temporary files of its own, to see what is left there. */
async function demo(t: TestContext, workplace: Workplace, argv: readonly string[]) {
  const temporary = join(workplace.root, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const run = start([process.execPath, program.bin, 'demo', ...argv], {
    workplace,
    env: { TMPDIR: temporary },
  });
  t.after(() => run.child.kill('SIGKILL'));
  return { ...(await run.ended), left: readdirSync(temporary) };
}

describe('demo', { concurrency: true }, () => {
  it('moves a sample folder to the built-in endpoint and shows what arrived', async (t) => {
    const workplace = useWorkplace(t);
    const { code, stdout, stderr, left } = await demo(t, workplace, []);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(
      stdout,
      /^The built-in S3 endpoint listens on http:\/\/127\.0\.0\.1:\d+\n7 of 7 files verified in s3:\/\/demo-bucket\//,
    );
    assert.match(stdout, /\n {9}7 .* proved and deleted here\n/);
    const objects = stdout.slice(stdout.indexOf('In s3://demo-bucket/ now:\n')).split('\n').slice(1, -1);
    assert.equal(objects.length, 7);
    assert.ok(
      objects.some((line) => /[0-9a-f]{32}-\d {2}videos\/holiday\.mp4$/.test(line)),
      stdout,
    );
    assert.ok(
      objects.some((line) => line.endsWith('  "odd/two\\nlines.txt"')),
      stdout,
    );
    assert.deepEqual(left, []);
    assert.deepEqual(workplace.names(), ['source']);
  });

  it('DIR copies a folder of the user and leaves it as it is', async (t) => {
    const files = Object.fromEntries(Array.from({ length: 25 }, (_none, n) => [`${n}.txt`, `${n}`]));
    const workplace = useWorkplace(t, files);
    const before = workplace.tree();
    const { code, stdout, left } = await demo(t, workplace, ['source']);
    assert.equal(code, 0);
    assert.match(stdout, /25 of 25 files verified .*\n {8}25 .* proved and kept here\n/);
    assert.match(stdout, /\n {2}\.\.\. and 5 more\n$/);
    assert.deepEqual(workplace.tree(), before);
    assert.deepEqual(left, []);
  });

  it('gives nothing of DIR to a local user who knows the program but not the keys of this run', async (t) => {
    const workplace = useWorkplace(t);
    // So large that the run goes on for as long as it is asked.
    truncateSync(workplace.write('source/large', ''), 4 * 1024 ** 3);
    const temporary = join(workplace.root, 'tmp');
    mkdirSync(temporary);
    const command = [process.execPath, program.bin, 'demo', 'source'];
    const run = start(command, { workplace, env: { TMPDIR: temporary } });
    try {
      await run.seen(/listens on \S+\n/, 'stdout');
      const [, endpoint = ''] = /listens on (\S+)\n/.exec(run.output.stdout) ?? [];
      const client = new S3Client({
        endpoint,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: { accessKeyId: 's3-backup-demo', secretAccessKey: 's3-backup-demo-secret' },
      });
      t.after(() => client.destroy());
      const list = new ListObjectsV2Command({ Bucket: 'demo-bucket' });
      await assert.rejects(client.send(list), { name: 'InvalidAccessKeyId' });
    } finally {
      run.child.kill('SIGKILL');
      await run.ended;
    }
  });

  it('DIR that does not exist is an error', async (t) => {
    const { code, stderr, left } = await demo(t, useWorkplace(t), ['nowhere']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^s3-backup: The source folder does not exist: .*nowhere \[SOURCE_NOT_FOUND\]\n.*\n$/,
    );
    assert.deepEqual(left, []);
  });

  it('DIR that holds the demo itself, which would never end, is refused', async (t) => {
    const workplace = useWorkplace(t, { 'a.txt': 'a' });
    const { code, stderr, left } = await demo(t, workplace, ['..']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^s3-backup: The source .* overlap: one contains the other\. \[SOURCE_IS_STORE\]\n.*\n$/,
    );
    assert.deepEqual(left, []);
  });
});
