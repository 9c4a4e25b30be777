import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { NODE_FLAGS, sourceFile } from '../../support/sources.ts';

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [...NODE_FLAGS, sourceFile('s3-server/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, ended };
}

async function textOf(stream: ChildProcess['stdout']): Promise<string> {
  let text = '';
  for await (const piece of stream ?? []) text += piece;
  return text;
}

test('the program prints its endpoint, serves, and ends on SIGTERM with code 0', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 's3-server-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const keys = ['--access-key', 'KEY', '--secret-key', 'SECRET'];
  const { child, ended } = start(['--port', '0', '--dir', folder, '--bucket', 'from-flag', ...keys]);
  const line = await new Promise<string>((resolve) =>
    child.stdout?.once('data', (data) => resolve(`${data}`)),
  );
  const [, endpoint = ''] = /^S3 endpoint: (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(line) ?? [];
  const answer = await fetch(`${endpoint}/from-flag`);
  assert.deepEqual([answer.status, /<Code>(\w+)/.exec(await answer.text())?.[1]], [403, 'AccessDenied']);
  await access(join(folder, 'from-flag', 'bucket.json'));
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});

test('a bad flag is one line on stderr and exit code 1', async () => {
  const cases = [
    ['--port', 'x', '--dir', tmpdir()],
    ['--port', '0'],
    ['--dir', tmpdir(), '--access-key', 'KEY'],
    ['--dir', tmpdir(), '--secret-key', 'SECRET'],
    ['--dir', tmpdir(), '--access-key', 'KEY', '--secret-key', ''],
  ];
  const results = cases.map(async (args) => {
    const { child, ended } = start(args);
    const [stdout, stderr, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended]);
    assert.deepEqual([stdout, code], ['', 1], args.join(' '));
    assert.match(stderr, /^s3-server: [^\n]+\n$/);
  });
  await Promise.all(results);
});

/** Starts the program without keys, and reads those that it prints. */
async function startWithoutKeys(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 's3-server-'));
  const directory = join(folder, 'objects');
  const { child, ended } = start(['--port', '0', '--dir', directory, '--bucket', 'some-bucket']);
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  let text = '';
  const form = /^S3 endpoint: (\S+)\nAccess key: {2}(\S+)\nSecret key: {2}(\S+)\n$/;
  for await (const piece of child.stdout ?? []) {
    text += piece;
    if (form.test(text)) break;
  }
  const [, endpoint = '', accessKeyId = '', secretAccessKey = ''] = form.exec(text) ?? [];
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  t.after(() => client.destroy());
  return { directory, client, accessKeyId, secretAccessKey };
}

test('without keys it makes a pair for this start, prints it, and accepts no other', {
  timeout: 60_000,
}, async (t) => {
  const first = await startWithoutKeys(t);
  const second = await startWithoutKeys(t);
  assert.notEqual(first.accessKeyId, second.accessKeyId);
  assert.notEqual(first.secretAccessKey, second.secretAccessKey);
  assert.ok(first.secretAccessKey.length >= 40);
  const put = new PutObjectCommand({ Bucket: 'some-bucket', Key: 'k', Body: 'x' });
  await first.client.send(put);
  second.client.config.credentials = first.client.config.credentials;
  await assert.rejects(second.client.send(put), { name: 'InvalidAccessKeyId' });
});

test('what it stores is for its owner only', { timeout: 60_000 }, async (t) => {
  const { directory, client } = await startWithoutKeys(t);
  await client.send(new PutObjectCommand({ Bucket: 'some-bucket', Key: 'small', Body: 'x' }));
  await client.send(
    new PutObjectCommand({ Bucket: 'some-bucket', Key: 'large', Body: Buffer.alloc(600_000) }),
  );
  const pin = { Bucket: 'some-bucket', Key: 'parts' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(pin));
  await client.send(new UploadPartCommand({ ...pin, UploadId, PartNumber: 1, Body: Buffer.alloc(300_000) }));
  const names = ['', ...readdirSync(directory, { recursive: true }).map(String)];
  const modes = names.map((name) => {
    const stats = statSync(join(directory, name));
    return `${stats.isDirectory() ? 'folder' : 'file'} ${(stats.mode & 0o777).toString(8)}`;
  });
  assert.equal(names.filter((name) => name.includes('blobs/')).length, 3);
  assert.deepEqual([...new Set(modes)].sort(), ['file 600', 'folder 700']);
});
