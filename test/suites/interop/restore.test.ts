/** What was backed up is restored by other tools: nobody is locked in. Skipped where they are not installed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { put } from '../../../src/index.ts';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { awsEnvironment, rcloneEnvironment, runTool, withoutTool } from '../../support/other-tools.ts';
import { backupTo, MIB, optionsFor } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { filesIn, namesIn, useFolder, useTree } from '../../support/tree.ts';

const PREFIX = 'office';
const isRoot = process.geteuid?.() === 0;

const FILES = {
  'plain.txt': 'plain',
  empty: '',
  'deep/er/größe 10 % + "x" \'y\' & #1?.txt': 'odd',
  'deep/new\nline': 'odder',
  'deep/\u{1f600}': 'emoji',
  'e\u0301': 'decomposed',
  '\u00e9': 'composed',
  ' leading and trailing ': 'spaces',
  '.hidden/.file': 'hidden',
  'of parts.bin': Buffer.alloc(11 * MIB, 'some parts '),
};
const LINKS = { 'link to a file': 'plain.txt', 'deep/link to a folder': '../deep/er', nowhere: '/not/there' };

/** Names for `touch`, with times of which every digit counts. */
function nsTime(index: number): string {
  return `2019-08-${String(10 + index)} 11:12:13.${String(123_456_789 + index)} UTC`;
}

/** A folder with everything that is to come back, stored below a prefix. */
async function useStored(t: TestContext): Promise<{ server: S3Server; source: string }> {
  const server = await useS3Server(t);
  const source = useTree(t, FILES);
  for (const [name, target] of Object.entries(LINKS)) symlinkSync(target, join(source, name));
  for (const [index, name] of Object.keys(FILES).entries()) {
    chmodSync(join(source, name), 0o600 + index);
    if (isRoot) chownSync(join(source, name), 1_000 + index, 2_000 + index);
    assert.equal(spawnSync('touch', ['-d', nsTime(index), join(source, name)]).status, 0);
  }
  const report = await backupTo(server, source, { prefix: PREFIX, links: 'store' });
  assert.equal(report.exit_code, 0);
  return { server, source };
}

function assertSameFiles(restored: string, source: string): void {
  const [found, expected] = [filesIn(restored), filesIn(source)];
  assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort());
  for (const [name, bytes] of expected) assert.ok(found.get(name)?.equals(bytes), JSON.stringify(name));
}

test('rclone restores bytes, links, owners, modes and times to the nanosecond', {
  skip: withoutTool('rclone', 'version'),
}, async (t) => {
  const { server, source } = await useStored(t);
  const restored = useFolder(t);
  // rclone takes names that differ in their Unicode form only for one unless it is told not to.
  const flags = ['--links', '--metadata', '--no-unicode-normalization'];
  const from = `test:${TEST_BUCKET}/${PREFIX}`;
  await runTool('rclone', ['copy', from, restored, ...flags], { env: rcloneEnvironment(t, server) });
  assertSameFiles(restored, source);
  assert.deepEqual(namesIn(restored), namesIn(source));
  for (const [name, target] of Object.entries(LINKS))
    assert.equal(readlinkSync(join(restored, name)), target);
  for (const name of Object.keys(FILES)) {
    const of = (folder: string) => {
      const { mtimeNs, mode, uid, gid } = lstatSync(join(folder, name), { bigint: true });
      return { mtimeNs, mode, uid, gid };
    };
    assert.deepEqual(of(restored), of(source), JSON.stringify(name));
  }
});

test('aws-cli restores the bytes, and links as files that say where they lead', {
  skip: withoutTool('aws', '--version'),
}, async (t) => {
  const { server, source } = await useStored(t);
  const restored = useFolder(t);
  const from = `s3://${TEST_BUCKET}/${PREFIX}/`;
  const words = ['s3', 'cp', from, restored, '--recursive', '--endpoint-url', server.endpoint];
  await runTool('aws', words, { env: awsEnvironment(t, server) });
  const found = filesIn(restored);
  for (const [name, target] of Object.entries(LINKS))
    assert.equal(readFileSync(join(restored, `${name}.rclonelink`), 'utf8'), target);
  for (const [name, bytes] of filesIn(source))
    assert.ok(found.get(name)?.equals(bytes), JSON.stringify(name));
  assert.equal(found.size, Object.keys(FILES).length + Object.keys(LINKS).length);
});

/** A stream of several parts that `put` has stored as `stream.bin`. */
async function useStream(t: TestContext): Promise<{ server: S3Server; bytes: Buffer }> {
  const server = await useS3Server(t);
  const bytes = Buffer.alloc(12 * MIB, 'a stream of parts ');
  const { source, onChange, ...options } = optionsFor(server, '-');
  const input = Readable.from([bytes], { objectMode: false });
  const report = await put({ ...options, prefix: PREFIX, key: 'stream.bin', input });
  assert.deepEqual([report.exit_code, report.files[0]?.proof], [0, 'etag-parts']);
  return { server, bytes };
}

const AS_BYTES = { encoding: 'buffer', maxBuffer: 64 * MIB } as const;

test('rclone reads a stream that was stored', { skip: withoutTool('rclone', 'version') }, async (t) => {
  const { server, bytes } = await useStream(t);
  const env = rcloneEnvironment(t, server);
  const from = `test:${TEST_BUCKET}/${PREFIX}/stream.bin`;
  const { stdout } = await runTool('rclone', ['cat', from], { env, ...AS_BYTES });
  assert.ok(stdout.equals(bytes));
});

test('aws-cli reads a stream that was stored', { skip: withoutTool('aws', '--version') }, async (t) => {
  const { server, bytes } = await useStream(t);
  const from = `s3://${TEST_BUCKET}/${PREFIX}/stream.bin`;
  const words = ['s3', 'cp', from, '-', '--endpoint-url', server.endpoint];
  const { stdout } = await runTool('aws', words, { env: awsEnvironment(t, server), ...AS_BYTES });
  assert.ok(stdout.equals(bytes));
});
