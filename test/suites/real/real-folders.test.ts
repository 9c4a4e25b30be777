import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Report } from '../../../src/index.ts';
import { useBucketClient } from '../../support/bucket.ts';
import { useWorkplace } from '../../support/cli-context.ts';
import { fileDigests, objectDigests } from '../../support/digests.ts';
import { start, useProgram } from '../../support/program.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { namesIn, useFolder } from '../../support/tree.ts';

const program = useProgram();

test('a real node_modules, with its odd names and links, goes through dry run, copy and move', async (t) => {
  const source = join(useFolder(t), 'node_modules');
  cpSync('node_modules', source, { recursive: true, verbatimSymlinks: true });
  await throughAllModes(t, source);
});

test('10,000 small files and one of 1 GiB go through dry run, copy and move', async (t) => {
  const source = useFolder(t);
  for (let file = 0; file < 10_000; file += 1) {
    const folder = join(source, `d${Math.floor(file / 250)}`);
    if (file % 250 === 0) mkdirSync(folder);
    writeFileSync(join(folder, `f${file}.dat`), randomBytes(file % 8192));
  }
  const large = openSync(join(source, 'large.bin'), 'w');
  for (let mib = 0; mib < 1024; mib += 1) writeSync(large, randomBytes(1024 * 1024));
  closeSync(large);
  await throughAllModes(t, source);
});

async function throughAllModes(t: TestContext, source: string): Promise<void> {
  const server = await useS3Server(t, { recordRequests: false });
  const client = useBucketClient(t, server);
  const workplace = useWorkplace(t);
  const before = await fileDigests(source);
  const entries = namesIn(source);

  const run = async (mode: string, ...flags: string[]): Promise<Report> => {
    const target = ['--source', source, '--bucket', TEST_BUCKET, '--endpoint-url', server.endpoint];
    const env = { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey };
    const report = join(workplace.cwd, `${mode}.json`);
    const command = [process.execPath, program.bin, ...target, '--output-json', report, ...flags];
    const { code, stderr } = await start(command, { workplace, env }).ended;
    assert.equal(code, 0, stderr);
    return JSON.parse(readFileSync(report, 'utf8'));
  };

  const dry = await run('dry', '--dry-run', '--prefix', 'dry');
  assert.equal(dry.planned?.files, before.size);
  assert.equal((await objectDigests(client, 'dry/')).size, 0);

  const copied = await run('copy', '--prefix', 'copy');
  assert.equal(copied.counts.kept, before.size);
  assert.deepEqual(await objectDigests(client, 'copy/'), before);
  assert.deepEqual(namesIn(source), entries);

  const moved = await run('move', '--prefix', 'move', '--delete-after-upload');
  assert.equal(moved.counts.deleted, before.size);
  assert.deepEqual(await objectDigests(client, 'move/'), before);
  assert.equal((await fileDigests(source)).size, 0);
}
