import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import type { FaultPlan } from '../../../../src/s3-server/index.ts';
import { useBucketClient } from '../../../support/bucket.ts';
import { type CliInput, runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { TEST_BUCKET, useS3Server } from '../../../support/s3-server.ts';
import { screenAfter } from '../../../support/terminal.ts';

const FILES = { 'a.txt': '1', 'b.txt': '22', 'c.txt': '333', 'd.txt': '4', 'e.txt': '5', 'z-last.txt': '6' };

async function usePlace(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, FILES);
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source', TERM: 'xterm' };
  const run = (argv: readonly string[], input: CliInput = {}) =>
    runCli(workplace, argv, { ...input, env: { ...env, ...input.env } });
  /** Runs a command that is asked for its progress, at a request that waits for it, until it tells what is expected. */
  const asked = async (
    argv: readonly string[],
    at: Pick<FaultPlan, 'operation' | 'key' | 'skip'>,
    expected: RegExp,
    input: CliInput = {},
  ) => {
    let stderr = '';
    let ask: () => void = () => undefined;
    const tellUntilSeen = async () => {
      for (let tries = 0; tries < 500 && !expected.test(stderr); tries += 1) {
        ask();
        await sleep(50);
      }
      assert.match(stderr, expected);
    };
    server.faults.plan({ ...at, do: { kind: 'call', run: tellUntilSeen } });
    return run(argv, {
      ...input,
      onStart: (_signal, given) => {
        ask = given;
      },
      onStderr: (text) => {
        stderr += text;
      },
    });
  };
  return { server, workplace, run, asked };
}

const ESCAPE = '\u001b';
const TIME = '\\[\\d\\d:\\d\\d:\\d\\d\\]';
/** What a terminal shows, which begins a line at its beginning. */
const shownAfter = (output: string) => screenAfter(output.replaceAll('\n', '\r\n'));
const TERMINAL: CliInput = { stderrColumns: 100 };
const LAST = { operation: 'PutObject', key: /z-last/ } as const;
const PUT = { operation: 'PutObject' } as const;
/** While the last file waits, the others pass it. */
const SLOW = ['--concurrency', '2'];

test('a run tells on request how many files are done of how many, what was sent, and what is in upload', async (t) => {
  const { asked } = await usePlace(t);
  const line = new RegExp(`${TIME} 5 of 6 files · \\d+% · 9 B of 9 B sent · .*z-last\\.txt\n`);
  const { code, stdout, stderr } = await asked(SLOW, LAST, line, TERMINAL);
  assert.equal(code, 0);
  assert.match(stdout, /^6 of 6 files/);
  // Nothing of the progress line is left.
  for (const shown of shownAfter(stderr)) assert.match(shown, new RegExp(`^(${TIME} .*)?$`));
});

test('without a terminal nothing is counted, and a request is answered all the same', async (t) => {
  const { asked } = await usePlace(t);
  const { stderr } = await asked(
    SLOW,
    LAST,
    new RegExp(`${TIME} 5 files · 9 B sent( · .*)? · z-last\\.txt\n`),
  );
  assert.ok(!stderr.includes(ESCAPE), stderr);
});

test('--quiet, and a dry run, show nothing but what is asked for', async (t) => {
  const { asked, run } = await usePlace(t);
  const quiet = await asked([...SLOW, '--quiet'], LAST, new RegExp(`${TIME} 5 files · `), TERMINAL);
  assert.ok(!quiet.stderr.includes(ESCAPE), quiet.stderr);
  assert.equal((await run(['--dry-run'], TERMINAL)).stderr, '');
  assert.equal((await run(['--quiet'], TERMINAL)).stderr, '');
  const dry = await asked(
    ['--dry-run', '--prefix', 'x'],
    { operation: 'ListObjectsV2' },
    new RegExp(`${TIME} 0 files\n`),
  );
  assert.ok(!dry.stderr.includes(ESCAPE));
});

test('a line is as wide as the terminal at most, and a dumb terminal gets none', async (t) => {
  const { asked } = await usePlace(t);
  const narrow = await asked(SLOW, LAST, new RegExp(`5 of 6 files · \\d+%${ESCAPE}`), { stderrColumns: 24 });
  assert.equal(narrow.code, 0);
  const dumb = await asked([...SLOW, '--prefix', 'dumb'], LAST, new RegExp(`${TIME} 5 files · `), {
    ...TERMINAL,
    env: { TERM: 'dumb' },
  });
  assert.ok(!dumb.stderr.includes(ESCAPE), dumb.stderr);
});

test('a restore tells what it has received', async (t) => {
  const { run, asked } = await usePlace(t);
  await run([]);
  const line = new RegExp(`${TIME} 5 of 6 files · \\d+% · [89] B of 9 B received · .*z-last\\.txt\n`);
  const { code } = await asked(
    ['restore', '--to', 'back', ...SLOW],
    { operation: 'GetObject', key: /z-last/ },
    line,
    TERMINAL,
  );
  assert.equal(code, 0);
});

test('a verification tells what it has read, and that of a record how many entries it has compared', async (t) => {
  const { run, asked } = await usePlace(t);
  await run(['--manifest']);
  const last = { operation: 'GetObject', key: /z-last/ } as const;
  const read = new RegExp(`${TIME} 5 of 6 files · \\d+% · 9 B of 9 B read · .*z-last\\.txt\n`);
  assert.equal((await asked(['verify', '--download'], last, read, TERMINAL)).code, 0);
  const compared = new RegExp(`${TIME} 5 of 6 files · 83%( · [\\d.]+ files/s)?( · \\d+s left)?\n`);
  assert.equal((await asked(['verify', '--run', 'latest', '--download'], last, compared, TERMINAL)).code, 0);
});

test('put tells what it has sent, of how much if that is expected', async (t) => {
  const { asked } = await usePlace(t);
  const stdin = 'x'.repeat(1000);
  const plain = await asked(['put', 'key'], PUT, new RegExp(`${TIME} 1 kB sent · .*key\n`), { stdin });
  assert.equal(plain.code, 0);
  const line = new RegExp(`${TIME} \\d+% · 1 kB of 2 kB sent · `);
  const expected = ['put', 'key', '--expected-size', '2000'];
  assert.equal((await asked(expected, PUT, line, { stdin, ...TERMINAL })).code, 0);
});

test('a cleanup tells how many uploads it has handled', async (t) => {
  const { server, asked } = await usePlace(t);
  const client = useBucketClient(t, server);
  for (const Key of ['a', 'b', 'c'])
    await client.send(new CreateMultipartUploadCommand({ Bucket: TEST_BUCKET, Key }));
  const line = new RegExp(`${TIME} 2 of 3 uploads · 66%`);
  const { code, stdout } = await asked(
    ['cleanup', '--older-than', '0s'],
    { operation: 'AbortMultipartUpload', key: /c/ },
    line,
    TERMINAL,
  );
  assert.equal(code, 0);
  assert.match(stdout, /3 aborted/);
});

test('what a command writes to stderr comes above the progress line of put', async (t) => {
  const { run } = await usePlace(t);
  const command = 'echo first >&2; echo content; printf last >&2';
  const { code, stderr } = await run(['put', 'key', '--command', command], TERMINAL);
  assert.equal(code, 0);
  assert.deepEqual(
    shownAfter(stderr).filter((line) => line !== ''),
    ['first', 'last'],
  );
});
