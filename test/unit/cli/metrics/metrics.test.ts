import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { VERSION } from '../../../../src/core/version.ts';
import { type CliInput, runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { useS3Server } from '../../../support/s3-server.ts';

async function useJob(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a', 'b.txt': 'bb' });
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source' };
  const run = (argv: readonly string[] = [], input: CliInput = {}) =>
    runCli(workplace, [...argv, '--metrics', 'job.prom'], { ...input, env: { ...env, ...input.env } });
  const metrics = () => samplesIn(workplace.read('job.prom'));
  return { server, workplace, run, metrics };
}

/** The samples without the label of the file: `last_run_files{fate="kept"}` and its value. */
function samplesIn(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', labels = '', value = ''] =
        /^s3_backup_(\w+)\{(.*?),?backup="job"\} (\S+)$/.exec(line) ?? [];
      assert.notEqual(name, '', line);
      return [labels === '' ? name : `${name}{${labels}}`, value];
    }),
  );
}

const near = (seconds: string | undefined) => Math.abs(Number(seconds) - Date.now() / 1000) < 600;

test('a run that succeeds writes what it did, for everybody to read', async (t) => {
  const { server, workplace, run, metrics } = await useJob(t);
  workplace.write('source/left.tmp', 'out');
  server.faults.plan({
    operation: 'PutObject',
    times: 1,
    do: { kind: 'error', status: 500, code: 'InternalError' },
  });
  assert.equal((await run(['--exclude', '*.tmp'])).code, 0);
  const {
    last_run_timestamp_seconds: end,
    last_success_timestamp_seconds: success,
    last_run_duration_seconds: seconds,
    last_run_throughput_bytes_per_second: rate,
    ...others
  } = metrics();
  assert.ok(near(end));
  assert.equal(success, end);
  assert.equal(Number(rate), Math.round(3 / Number(seconds)));
  const endpoint = new URL(server.endpoint).host;
  assert.deepEqual(others, {
    [`info{command="run",source="${workplace.source}",bucket="test-bucket",prefix="",endpoint="${endpoint}",version="${VERSION}"}`]:
      '1',
    last_run_exit_code: '0',
    'last_run_files{fate="deleted"}': '0',
    'last_run_files{fate="kept"}': '2',
    'last_run_files{fate="unchanged"}': '0',
    'last_run_files{fate="skipped"}': '1',
    'last_run_files{fate="failed"}': '0',
    'last_run_size_bytes{fate="deleted"}': '0',
    'last_run_size_bytes{fate="kept"}': '3',
    'last_run_size_bytes{fate="unchanged"}': '0',
    'last_run_size_bytes{fate="skipped"}': '0',
    'last_run_size_bytes{fate="failed"}': '0',
    last_run_verified_files: '2',
    last_run_unread_files: '0',
    last_run_recovered_files: '0',
    last_run_retries: '1',
    last_run_warnings: '0',
    last_run_sent_bytes: '3',
    last_run_resumed_bytes: '0',
  });
  assert.equal(statSync(join(workplace.cwd, 'job.prom')).mode & 0o777, 0o644);
  assert.deepEqual(workplace.names(), ['job.prom', 'source']);
});

test('a run that fails keeps the last success of the file, and counts failures by code', async (t) => {
  const { server, workplace, run, metrics } = await useJob(t);
  assert.equal((await run()).code, 0);
  const { last_success_timestamp_seconds: success } = metrics();
  server.faults.plan({
    operation: 'PutObject',
    times: 99,
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  workplace.write('source/c.txt', 'c');
  workplace.write('source/d.txt', 'd');
  for (let times = 0; times < 2; times += 1) {
    assert.equal((await run()).code, 2);
    const failed = metrics();
    assert.equal(failed['last_run_failed_files{code="UPLOAD_FAILED"}'], '2');
    assert.deepEqual([failed.last_run_exit_code, failed.last_success_timestamp_seconds], ['2', success]);
  }
});

for (const [title, argv, code] of [
  ['a bucket that is not there', ['--bucket', 'not-there'], 'BUCKET_NOT_FOUND'],
  ['a source that is not there', ['--source', 'nowhere'], 'SOURCE_NOT_FOUND'],
  ['a log that cannot be written', ['--log-file', 'source'], 'LOG_NOT_WRITABLE'],
  ['a report that cannot be written', ['--output-json', 'none/r.json'], 'REPORT_NOT_WRITABLE'],
] as const)
  test(`${title} is in the metrics as the error of the run`, async (t) => {
    const { run, metrics } = await useJob(t);
    assert.equal((await run(argv)).code, 1);
    const failed = metrics();
    assert.equal(failed[`last_run_error{code="${code}"}`], '1');
    assert.deepEqual(
      [
        failed.last_run_exit_code,
        failed['last_run_files{fate="kept"}'],
        failed.last_success_timestamp_seconds,
      ],
      ['1', '0', undefined],
    );
    assert.ok(near(failed.last_run_timestamp_seconds));
  });

test('a report that cannot be written at the end makes exit code 1, beside what the run did', {
  skip: !existsSync('/dev/full'),
}, async (t) => {
  const { run, metrics } = await useJob(t);
  assert.equal((await run(['--output-json', '/dev/full'])).code, 1);
  const failed = metrics();
  assert.deepEqual(
    [failed.last_run_exit_code, failed['last_run_files{fate="kept"}'], failed.last_success_timestamp_seconds],
    ['1', '2', undefined],
  );
  assert.equal(failed['last_run_error{code="REPORT_NOT_WRITABLE"}'], '1');
});

test('a run that a signal stops has the exit code of the signal', async (t) => {
  const { server, run, metrics } = await useJob(t);
  server.faults.plan({ operation: 'PutObject', times: 9, do: { kind: 'stall' } });
  let stop = (_signal: 'SIGTERM') => {};
  const ended = run([], {
    onStart: (signal) => {
      stop = signal;
    },
  });
  while (server.requests.of('PutObject').length === 0) await new Promise((done) => setTimeout(done, 5));
  stop('SIGTERM');
  assert.equal((await ended).code, 143);
  assert.deepEqual(
    [metrics().last_run_exit_code, metrics().last_success_timestamp_seconds],
    ['143', undefined],
  );
});

test('a hook that fails is a warning, and no success', async (t) => {
  const { run, metrics } = await useJob(t);
  const { code } = await run([], { env: { backup_hooks__after: '["false"]' } });
  assert.equal(code, 2);
  assert.deepEqual([metrics().last_run_exit_code, metrics().last_run_warnings], ['2', '1']);
});

test('a dry run writes nothing', async (t) => {
  const { workplace, run } = await useJob(t);
  assert.equal((await run(['--dry-run'])).code, 0);
  assert.deepEqual(workplace.names(), ['source']);
});

test('put has metrics of its own job, whatever the key', async (t) => {
  const { run, metrics } = await useJob(t);
  assert.equal((await run(['put', 'db/monday.sql'], { stdin: 'SELECT 1' })).code, 0);
  const { last_success_timestamp_seconds: success } = metrics();
  assert.match(
    Object.keys(metrics())[0] ?? '',
    /^info\{command="put",source="-",bucket="test-bucket",prefix=""/,
  );
  assert.equal((await run(['put', 'db/tuesday.sql', '--command', 'exit 3'])).code, 2);
  assert.equal(metrics().last_success_timestamp_seconds, success);
});

test('the last success of another job is not carried over, which stderr says', async (t) => {
  const { server, run, metrics } = await useJob(t);
  assert.equal((await run(['put', 'a.sql'], { stdin: 'SELECT 1' })).code, 0);
  server.faults.plan({
    operation: 'PutObject',
    times: 99,
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  const { code, stderr } = await run(['--quiet']);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /s3-backup: the metrics in \S+job\.prom were those of another job \(command "put"\), so its last success is not carried over; give each job a file of its own\n$/,
  );
  assert.equal(metrics().last_success_timestamp_seconds, undefined);
});

test('names with quotes, backslashes and line breaks are read back as they are', async (t) => {
  const { server, workplace, run, metrics } = await useJob(t);
  const folder = 'a "quoted"\\\nname';
  workplace.write(`${folder}/a.txt`, 'a');
  const argv = ['--source', folder];
  assert.equal((await run(argv)).code, 0);
  const { last_success_timestamp_seconds: success } = metrics();
  workplace.write(`${folder}/b.txt`, 'b');
  server.faults.plan({
    operation: 'PutObject',
    times: 99,
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  const { code, stderr } = await run(argv);
  assert.equal(code, 2);
  assert.doesNotMatch(stderr, /another job/);
  assert.equal(metrics().last_success_timestamp_seconds, success);
});

test('metrics that cannot be written end a run before anything is sent', async (t) => {
  const { server, workplace, run } = await useJob(t);
  const { code, stderr } = await runCli(workplace, ['--metrics', 'none/job.prom', '--source', 'source'], {
    env: serverEnvironment(server),
  });
  assert.equal(code, 1);
  assert.match(stderr, /report\.metrics or --metrics: its folder must exist/);
  assert.deepEqual([...server.requests], []);
  workplace.write('job.prom', 'garbage {', 0o600);
  assert.equal((await run()).code, 0);
  assert.equal(statSync(join(workplace.cwd, 'job.prom')).mode & 0o777, 0o644);
});
