import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/s3-server/main.ts', import.meta.url));

function start(args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
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
  ];
  const results = cases.map(async (args) => {
    const { child, ended } = start(args);
    const [stdout, stderr, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended]);
    assert.deepEqual([stdout, code], ['', 1], args.join(' '));
    assert.match(stderr, /^s3-server: [^\n]+\n$/);
  });
  await Promise.all(results);
});
