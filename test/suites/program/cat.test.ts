/** `cat` at the beginning of a pipe, as a process. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { NO_CHECKSUMS, useBucketClient } from '../../support/bucket.ts';
import { bareEnvironment, serverEnvironment, treeOf, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { bytesOfLength } from '../contract/support/source.ts';

const program = useProgram();
const MIB = 1024 * 1024;
const LARGE = bytesOfLength(40 * MIB);

async function usePipes(t: TestContext) {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server, NO_CHECKSUMS);
  const workplace = useWorkplace(t);
  const S3_BACKUP = `${process.execPath} ${program.bin}`;
  const env = { ...serverEnvironment(server), S3_BACKUP, CAT: `${S3_BACKUP} cat` };
  const put = async (Key: string, Body: Buffer) => {
    await client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key, Body }));
    server.requests.clear();
  };
  /** Runs a shell line in which $CAT is the command; its own exit code is the last line of stderr. */
  const piped = (line: string) =>
    start(['bash', '-c', `${line}; echo "exit \${PIPESTATUS[0]}" >&2`], { workplace, env }).ended;
  return { server, workplace, env, put, piped };
}

describe('cat in a pipe', { concurrency: true, timeout: 90_000 }, () => {
  it('`| tar x` unpacks what `put` has stored of `tar c`', async (t) => {
    const { workplace, piped } = await usePipes(t);
    mkdirSync(join(workplace.source, 'sub'));
    writeFileSync(join(workplace.source, 'large'), LARGE);
    writeFileSync(join(workplace.source, 'sub/small'), 'small');
    const stored = await piped('$S3_BACKUP put data.tar --command "tar c source"');
    assert.match(stored.stdout, /and proved \(etag-parts\)/);
    mkdirSync(join(workplace.cwd, 'back'));
    const { stdout, stderr } = await piped('$CAT data.tar | tar x -C back');
    assert.deepEqual([stdout, stderr], ['', 'exit 0\n']);
    assert.deepEqual(treeOf(join(workplace.cwd, 'back/source')), workplace.tree());
  });

  it('`| head -c` ends it without a word, after little of a large object; 141 says that it is not proved', async (t) => {
    const { server, put, piped } = await usePipes(t);
    await put('large', LARGE);
    const { stdout, stderr } = await piped('$CAT large | head -c 10 | md5sum');
    assert.equal(stdout.slice(0, 32), createHash('md5').update(LARGE.subarray(0, 10)).digest('hex'));
    assert.equal(stderr, 'exit 141\n');
    const reads = server.requests.of('GetObject').length;
    assert.ok(reads <= 4, `${reads} requests`);
  });

  it('`| head -c` of an object that was proved before its first byte is exit code 0', async (t) => {
    const { put, piped } = await usePipes(t);
    await put('small', LARGE.subarray(0, 5 * MIB));
    const { stderr } = await piped('$CAT small | head -c 10');
    assert.equal(stderr, 'exit 0\n');
  });

  it('a reader that is slow gets every byte', async (t) => {
    const { put, piped } = await usePipes(t);
    await put('large', LARGE);
    const { stdout, stderr } = await piped('$CAT large | (sleep 2; md5sum)');
    assert.equal(stdout.slice(0, 32), createHash('md5').update(LARGE).digest('hex'));
    assert.equal(stderr, 'exit 0\n');
  });

  it('a proof that fails after the last byte is said, and exit code 2', async (t) => {
    const { server, put, piped } = await usePipes(t);
    server.faults.plan({ operation: 'PutObject', do: { kind: 'flip-byte' } });
    await put('large', LARGE);
    const { stdout, stderr } = await piped('$CAT large | wc -c');
    assert.equal(stdout, `${LARGE.length}\n`);
    assert.match(
      stderr,
      /^\S+ ERROR: cat stopped: large: .*; all of its 41943040 bytes were written \[CONTENT_DIFFERS\].*\nexit 2\n$/,
    );
  });

  it('a full disk is said, and no success', { skip: !existsSync('/dev/full') }, async (t) => {
    const { put, piped } = await usePipes(t);
    await put('small', LARGE.subarray(0, 10));
    const { stderr } = await piped('$CAT small > /dev/full');
    assert.match(stderr, /ENOSPC(?:.|\n)*exit 2\n$/);
  });

  it('SIGINT ends it at once while its reader waits', async (t) => {
    const { server, put, workplace, env } = await usePipes(t);
    await put('large', LARGE);
    const child = spawn(process.execPath, [program.bin, 'cat', 'large'], {
      cwd: workplace.cwd,
      env: { ...bareEnvironment(workplace.home), ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    // Nobody reads stdout, so it waits once the pipe is full.
    while (server.requests.of('GetObject').length < 2)
      await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill('SIGINT');
    assert.equal(await ended, 130);
  });
});
