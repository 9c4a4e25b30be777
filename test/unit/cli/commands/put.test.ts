import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { objectsIn, useBucketClient } from '../../../support/bucket.ts';
import { type CliInput, runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { useS3Server } from '../../../support/s3-server.ts';

async function usePut(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t);
  const env = { ...serverEnvironment(server), backup_s3__prefix: 'office' };
  const run = (argv: readonly string[], input: CliInput = {}) =>
    runCli(workplace, argv, { ...input, env: { ...env, ...input.env } });
  const client = useBucketClient(t, server);
  const stored = async () =>
    Object.fromEntries([...(await objectsIn(client))].map(([key, bytes]) => [key, String(bytes)]));
  return { server, workplace, run, stored };
}

test('what stdin brings is stored under the key, and the summary says that it is proved', async (t) => {
  const { run, stored } = await usePut(t);
  const { code, stdout, stderr } = await run(['put', 'db/a.sql'], { stdin: 'SELECT 1' });
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(
    stdout,
    /^8 B stored as s3:\/\/test-bucket\/office\/db\/a\.sql and proved \(etag-md5\) in \d+\.\d s\n$/,
  );
  assert.deepEqual(await stored(), { 'office/db/a.sql': 'SELECT 1' });
});

test('the report, the list of objects, a verification and a restore know it like any file', async (t) => {
  const { run, workplace } = await usePut(t);
  const { code } = await run(
    ['put', 'a.sql', '--output-json', 'report.json', '--html', 'page.html', '--manifest'],
    {
      stdin: 'SELECT 1',
    },
  );
  assert.equal(code, 0);
  assert.match(workplace.read('page.html'), /a\.sql/);
  const report = JSON.parse(workplace.read('report.json'));
  assert.deepEqual(
    [report.source, report.total_files, report.files[0].path, report.files[0].proof],
    ['-', 1, 'a.sql', 'etag-md5'],
  );
  assert.match((await run(['ls'])).stdout, /md5 +a\.sql\n/);
  assert.match((await run(['runs'])).stdout, / 1 /);
  assert.equal((await run(['verify', '--run', 'latest'])).code, 0);
  assert.equal((await run(['restore', '--to', 'back'])).code, 0);
  assert.equal(workplace.read('back/a.sql'), 'SELECT 1');
});

test('what a command writes is stored if it succeeds, and nothing if it fails, is killed or cannot be started', async (t) => {
  const { run, stored, workplace } = await usePut(t);
  const good = await run(['put', 'good', '--command', 'printf "%s" "$backup_s3__prefix"']);
  assert.equal(good.code, 0);
  for (const [command, end] of [
    ['echo half; exit 3', 'exit code 3'],
    ['echo half; kill -9 $$', 'SIGKILL'],
    ['no-such-command', 'exit code 127'],
  ]) {
    const { code, stdout } = await run(['put', 'bad', '--command', command ?? '']);
    assert.equal(code, 2);
    assert.match(
      stdout,
      new RegExp(
        `^nothing was stored as s3://test-bucket/office/bad: UNREADABLE: .* command ended with ${end}\n`,
      ),
    );
  }
  assert.deepEqual(await stored(), { 'office/good': 'office' });
  assert.ok(existsSync(workplace.cwd));
});

test('a command is not started if the bucket cannot be used', async (t) => {
  const { run, workplace } = await usePut(t);
  const { code } = await run(['put', 'a', '--bucket', 'no-such-bucket', '--command', 'touch started']);
  assert.equal(code, 1);
  assert.equal(existsSync(join(workplace.cwd, 'started')), false);
});

test('a signal ends a command with its children, and nothing is stored', async (t) => {
  const { run, stored, workplace } = await usePut(t);
  const command =
    'sh -c "trap \'touch ended; exit 1\' TERM; touch begun; while :; do sleep 0.05; done"; true';
  let send: (name: 'SIGINT') => void = () => undefined;
  const ends = run(['put', 'a', '--command', command], {
    onStart: (signal) => {
      send = signal;
    },
  });
  while (!existsSync(join(workplace.cwd, 'begun'))) await new Promise((resolve) => setTimeout(resolve, 20));
  send('SIGINT');
  const { code } = await ends;
  assert.equal(code, 130);
  assert.deepEqual(await stored(), {});
  while (!existsSync(join(workplace.cwd, 'ended'))) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('a terminal, a key that cannot be one, and a size that is none end before anything is sent', async (t) => {
  const { run, server } = await usePut(t);
  const terminal = Object.assign(Readable.from([]), { isTTY: true });
  for (const [argv, message] of [
    [['put', 'a'], /stdin is a terminal/],
    [['put', '../a'], /key is "\.\.\/a"/],
    [['put', 'a', '--expected-size', 'large'], /--expected-size is large/],
    [['put'], /put needs KEY/],
  ] as const) {
    const stdin = message.source.includes('terminal') ? terminal : 'x';
    const { code, stderr } = await run(argv, { stdin });
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
  assert.equal(server.requests.length, 0);
});

test('an object that is there is left alone with --if-absent', async (t) => {
  const { run, stored, workplace } = await usePut(t);
  assert.equal((await run(['put', 'a', '--if-absent'], { stdin: 'first' })).code, 0);
  const { code, stdout } = await run(['put', 'a', '--if-absent'], { stdin: 'second' });
  assert.equal(code, 2);
  assert.match(stdout, /^nothing was stored as .*: OBJECT_EXISTS: there is an object under the key\n/);
  const command = `${process.execPath} -e "fs.writeFileSync('started', '')"`;
  assert.equal((await run(['put', 'a', '--if-absent', '--command', command])).code, 2);
  assert.deepEqual(workplace.names(), ['source']);
  assert.deepEqual(await stored(), { 'office/a': 'first' });
  assert.equal((await run(['put', 'a'], { stdin: 'third' })).code, 0);
  assert.deepEqual(await stored(), { 'office/a': 'third' });
});
