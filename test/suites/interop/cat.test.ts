/** Objects that other tools have written are read by `cat`, and proved by what the store reports of them. Skipped where the tools are not installed. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { catFrom, reachOf } from '../../support/cat.ts';
import { awsEnvironment, rcloneEnvironment, runTool, withoutTool } from '../../support/other-tools.ts';
import { MIB } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { useFolder } from '../../support/tree.ts';
import { bytesOfLength } from '../contract/support/source.ts';

const PREFIX = 'theirs';
const FILES = {
  empty: Buffer.alloc(0),
  'größe 10 % + "x".txt': Buffer.from('a few bytes'),
  'one request.bin': bytesOfLength(4 * MIB),
  'of parts.bin': bytesOfLength(21 * MIB + 3),
};

/** A folder that another tool stores. */
function useFiles(t: TestContext): string {
  const folder = useFolder(t);
  for (const [name, bytes] of Object.entries(FILES)) writeFileSync(join(folder, name), bytes);
  return folder;
}

async function assertProved(server: S3Server): Promise<void> {
  for (const [key, expected] of Object.entries(FILES)) {
    const { bytes, report } = await catFrom(reachOf(server), { prefix: PREFIX, key });
    const [{ proof } = assert.fail()] = report.files;
    assert.ok(bytes.equals(expected), key);
    assert.deepEqual([report.exit_code, proof], [0, key === 'of parts.bin' ? 'etag-parts' : 'etag-md5'], key);
  }
}

/** What is damaged in the store is not taken for proved because another tool has written it. */
async function assertDamageIsSeen(server: S3Server): Promise<void> {
  const { report } = await catFrom(reachOf(server), { prefix: PREFIX, key: 'damaged' });
  assert.deepEqual([report.exit_code, report.files[0]?.code], [2, 'CONTENT_DIFFERS']);
}

function damageNext(server: S3Server): void {
  server.faults.plan({
    operation: ['PutObject', 'UploadPart'],
    key: `${PREFIX}/damaged`,
    do: { kind: 'flip-byte' },
  });
}

test('objects that rclone has written are read and proved', {
  skip: withoutTool('rclone', 'version'),
}, async (t) => {
  const server = await useS3Server(t);
  const folder = useFiles(t);
  const env = rcloneEnvironment(t, server);
  const parts = ['--s3-upload-cutoff', '8Mi', '--s3-chunk-size', '5Mi'];
  await runTool('rclone', ['copy', folder, `test:${TEST_BUCKET}/${PREFIX}`, ...parts], { env });
  await assertProved(server);
  damageNext(server);
  const to = `test:${TEST_BUCKET}/${PREFIX}/damaged`;
  await runTool('rclone', ['copyto', join(folder, 'of parts.bin'), to, ...parts], { env });
  await assertDamageIsSeen(server);
});

test('objects that aws-cli has written are read and proved', {
  skip: withoutTool('aws', '--version'),
}, async (t) => {
  const server = await useS3Server(t);
  const folder = useFiles(t);
  const env = awsEnvironment(t, server);
  const where = ['--endpoint-url', server.endpoint];
  await runTool('aws', ['s3', 'cp', folder, `s3://${TEST_BUCKET}/${PREFIX}/`, '--recursive', ...where], {
    env,
  });
  await assertProved(server);
  damageNext(server);
  const to = `s3://${TEST_BUCKET}/${PREFIX}/damaged`;
  await runTool('aws', ['s3', 'cp', join(folder, 'of parts.bin'), to, ...where], { env });
  await assertDamageIsSeen(server);
});
