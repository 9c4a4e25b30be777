import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import type { FaultPlan, Operation, S3Server } from '../../../src/s3-server/index.ts';
import { serverEnvironment, useWorkplace, type Workplace } from '../../support/cli-context.ts';
import { type Spawned, start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { screenAfter } from '../../support/terminal.ts';

const program = useProgram();
const MIB = 1024 * 1024;
const ESCAPE = '\u001b';

interface Setup {
  readonly files: Readonly<Record<string, string | Buffer>>;
  readonly argv?: readonly string[];
  readonly faults?: readonly FaultPlan[];
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: 'open';
}

interface Running extends Spawned {
  readonly server: S3Server;
  readonly workplace: Workplace;
}

async function running(t: TestContext, setup: Setup): Promise<Running> {
  const server = await useS3Server(t);
  for (const fault of setup.faults ?? []) server.faults.plan(fault);
  const workplace = useWorkplace(t, setup.files);
  const argv = ['--source', 'source', '--output-json', 'report.json', ...(setup.argv ?? [])];
  const env = { ...serverEnvironment(server), ...setup.env };
  const { stdin } = setup;
  const spawned = start([process.execPath, program.bin, ...argv], {
    workplace,
    env,
    ...(stdin !== undefined && { stdin }),
  });
  t.after(() => spawned.child.kill('SIGKILL'));
  return { ...spawned, server, workplace };
}

/** Resolves when so many requests of an operation have arrived. */
async function arrived({ server, ended }: Running, operation: Operation, count = 1): Promise<void> {
  let over = false;
  ended.then(() => {
    over = true;
  });
  while (server.requests.of(operation).length < count) {
    assert.ok(!over, `the program ended before ${operation}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

for (const how of ['--profile', 'aws.profile', 'AWS_PROFILE'])
  it(`goes to the endpoint of the profile that ${how} names`, async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { a: 'a' });
    const {
      AWS_ENDPOINT_URL: _,
      AWS_ACCESS_KEY_ID: key,
      AWS_SECRET_ACCESS_KEY: secret,
      ...rest
    } = serverEnvironment(server);
    const { endpoint } = server;
    const lines = [
      `endpoint_url = ${endpoint}`,
      `aws_access_key_id = ${key}`,
      `aws_secret_access_key = ${secret}`,
    ];
    workplace.write('aws', ['[profile office]', 'region = us-east-1', ...lines].join('\n'));
    workplace.write('profile.yaml', 'aws:\n  profile: office\n');
    const env = { ...rest, AWS_CONFIG_FILE: 'aws', ...(how === 'AWS_PROFILE' && { AWS_PROFILE: 'office' }) };
    const flags = { '--profile': ['--profile', 'office'], 'aws.profile': ['--config', 'profile.yaml'] };
    const argv = ['--source', 'source', ...(flags[how as keyof typeof flags] ?? [])];
    const { code, stderr } = await start([process.execPath, program.bin, ...argv], { workplace, env }).ended;
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(server.requests.of('PutObject').length, 1);
  });

it('says that a full disk has taken what it prints, and does not exit with 0', {
  skip: !existsSync('/dev/full'),
}, (t) => {
  const workplace = useWorkplace(t);
  const command = `exec "$0" "$1" --help > /dev/full`;
  const { status, stderr } = spawnSync('sh', ['-c', command, process.execPath, program.bin], {
    cwd: workplace.cwd,
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, /^s3-backup: cannot write to stdout: ENOSPC.*\n$/);
});

function numbered(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_none, index) => [
      `file-${String(index).padStart(4, '0')}.txt`,
      `${index}`,
    ]),
  );
}

interface ReportShape {
  readonly exit_code: number;
  readonly interrupted: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly total_files: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly files: readonly { readonly path: string; readonly fate: string; readonly code: string | null }[];
}

function reportOf(workplace: Workplace): ReportShape {
  return JSON.parse(workplace.read('report.json')) as ReportShape;
}

function objectCount(server: S3Server): number {
  return new Set(
    server.requests
      .of('PutObject')
      .filter(({ status }) => status === 200)
      .map(({ key }) => key),
  ).size;
}

describe('the program as a process', { concurrency: true, timeout: 90_000 }, () => {
  it('SIGINT while a part stalls aborts the upload, writes the report and exits 130', async (t) => {
    const run = await running(t, {
      files: { 'large.bin': Buffer.alloc(12 * MIB, 'x') },
      argv: ['--delete-after-upload'],
      faults: [{ operation: 'UploadPart', times: 10, do: { kind: 'stall' } }],
    });
    const { server, workplace, child, ended } = run;
    await arrived(run, 'UploadPart');
    child.kill('SIGINT');
    const { code, stderr, stdout } = await ended;
    assert.equal(code, 130, stderr);
    assert.match(stderr, /s3-backup: SIGINT: waiting up to 5 s for uploads in progress/);
    assert.match(stdout, /^Stopped early\. 0 of 1 file verified/);
    const report = reportOf(workplace);
    assert.deepEqual([report.exit_code, report.interrupted, report.total_files], [130, true, 1]);
    assert.deepEqual(
      report.files.map(({ fate, code }) => [fate, code]),
      [['failed', 'INTERRUPTED']],
    );
    assert.equal(server.requests.of('AbortMultipartUpload').length, 1);
    assert.deepEqual(server.requests.of('CompleteMultipartUpload'), []);
    assert.deepEqual(workplace.names(), ['report.json', 'source']);
    assert.equal(workplace.tree()['large.bin']?.length, 12 * MIB);
  });

  it('SIGTERM lets what is in flight finish, reports every file once and exits 143', async (t) => {
    const run = await running(t, {
      files: numbered(100),
      argv: ['--concurrency', '2', '--delete-after-upload'],
      faults: [{ operation: 'PutObject', times: 1000, do: { kind: 'delay', ms: 50 } }],
    });
    const { server, workplace, child, ended } = run;
    await arrived(run, 'PutObject', 6);
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    assert.equal(code, 143, stderr);
    const { files, interrupted, exit_code: exitCode, counts } = reportOf(workplace);
    assert.deepEqual([interrupted, exitCode], [true, 143]);
    assert.equal(new Set(files.map(({ path }) => path)).size, files.length);
    assert.ok((counts.deleted ?? 0) > 0, 'nothing was finished');
    const left = Object.keys(workplace.tree());
    assert.equal(left.length, 100 - (counts.deleted ?? 0));
    assert.deepEqual(
      files.filter(({ path, fate }) => (fate === 'deleted') === left.includes(path)),
      [],
    );
    assert.ok(objectCount(server) < 100, 'new files were begun');
  });

  it('a second SIGINT ends it at once: no report, and nothing of one is left behind', async (t) => {
    const run = await running(t, {
      files: { 'a.txt': 'a', 'b.txt': 'b' },
      argv: ['--delete-after-upload', '--log-file', 'backup.log', '--concurrency', '1'],
      faults: [{ operation: 'PutObject', times: 10, do: { kind: 'stall' } }],
    });
    const { workplace, child, ended, seen } = run;
    await arrived(run, 'PutObject');
    child.kill('SIGINT');
    await seen(/press Ctrl-C again to stop now/);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    assert.deepEqual([code, stdout], [130, '']);
    assert.deepEqual(workplace.names(), ['backup.log', 'source']);
    assert.deepEqual(workplace.tree(), { 'a.txt': 'a', 'b.txt': 'b' });
  });

  it('SIGTERM after SIGINT ends it at once with 143', async (t) => {
    const run = await running(t, {
      files: { 'a.txt': 'a' },
      faults: [{ operation: 'PutObject', times: 10, do: { kind: 'stall' } }],
    });
    const { child, ended, seen, workplace } = run;
    await arrived(run, 'PutObject');
    child.kill('SIGINT');
    await seen(/press Ctrl-C again to stop now/);
    child.kill('SIGTERM');
    assert.equal((await ended).code, 143);
    assert.ok(!existsSync(`${workplace.cwd}/report.json`));
  });

  it('SIGINT while it waits for a list on stdin that does not end exits 130 with a report', async (t) => {
    const run = await running(t, {
      files: { 'a.txt': 'a', 'b.txt': 'b' },
      argv: ['--files-from', '-'],
      stdin: 'open',
    });
    const { child, ended, workplace } = run;
    child.stdin.write('a.txt\nb.t');
    await arrived(run, 'PutObject');
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    assert.equal(code, 130, stderr);
    const { interrupted, files } = reportOf(workplace);
    assert.equal(interrupted, true);
    assert.deepEqual(
      files.map(({ path }) => path),
      ['a.txt'],
    );
  });

  it('a token that expires in the middle ends the run with exit code 1, a report and every other file in place', async (t) => {
    const run = await running(t, {
      files: numbered(30),
      argv: ['--delete-after-upload', '--concurrency', '1'],
      faults: [
        {
          operation: 'PutObject',
          skip: 5,
          times: 100,
          do: { kind: 'error', status: 400, code: 'ExpiredToken' },
        },
      ],
    });
    const { ended, workplace, server } = run;
    const { code, stderr, stdout } = await ended;
    assert.equal(code, 1, stderr);
    assert.match(stderr, /ExpiredToken/);
    assert.match(stdout, /^Failed \(EXPIRED_TOKEN\)\. 5 of \d+ files verified/);
    const report = reportOf(workplace);
    assert.equal(report.exit_code, 1);
    assert.equal(report.error?.code, 'EXPIRED_TOKEN');
    assert.equal(report.counts.deleted, 5);
    assert.equal(
      Object.values(report.counts).reduce((sum, count) => sum + count),
      report.total_files,
    );
    assert.equal(report.files.length, report.total_files);
    assert.equal(Object.keys(workplace.tree()).length, 25);
    assert.equal(objectCount(server), 5);
    assert.deepEqual(workplace.names(), ['report.json', 'source']);
  });

  it('a log that cannot be written any more is said once, and the run goes on', async (t) => {
    const { ended, server } = await running(t, { files: numbered(20), argv: ['--log-file', '/dev/full'] });
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^s3-backup: cannot write to the log file; logging to it stops: ENOSPC[^\n]*\n$/);
    assert.equal(objectCount(server), 20);
    assert.ok(existsSync('/dev/full'));
  });

  it('every line that was said is in the log and whole when the process is killed', async (t) => {
    const run = await running(t, {
      files: numbered(400),
      argv: ['--verbose', '--log-file', 'backup.log'],
      env: { backup_logging__level: 'DEBUG' },
      faults: [{ operation: 'PutObject', times: 400, do: { kind: 'delay', ms: 20 } }],
    });
    await run.seen(/(file proved[^\n]*\n[^\n]*){50}/);
    run.child.kill('SIGKILL');
    const { signal, stderr } = await run.ended;
    assert.equal(signal, 'SIGKILL');
    const said = stderr.split('\n').filter((line) => line.includes('file proved')).length;
    const lines = run.workplace.read('backup.log').split('\n');
    assert.equal(lines.pop(), '');
    const logged = lines
      .map((line) => JSON.parse(line) as { msg: string })
      .filter(({ msg }) => msg === 'file proved').length;
    assert.ok(said >= 50 && said < 400, `${said} lines were said`);
    // One line can have come to one of the two only.
    assert.ok(Math.abs(logged - said) <= 1, `${said} said, ${logged} logged`);
  });

  it('without a terminal there is no progress and no escape sequence', async (t) => {
    const run = await running(t, {
      files: numbered(3),
      argv: ['--verbose'],
      faults: [{ operation: 'PutObject', times: 3, do: { kind: 'delay', ms: 300 } }],
    });
    const { ended } = run;
    const { code, stderr } = await ended;
    assert.equal(code, 0);
    assert.ok(!stderr.includes(ESCAPE) && !stderr.includes('B/s'), stderr);
    assert.equal(stderr.match(/file proved/g)?.length, 3);
  });
});

describe('pipes whose reader leaves', { concurrency: true, timeout: 90_000 }, () => {
  /** Runs a shell line in which $S3_BACKUP is the program; the program's own exit code is the last line of stderr. */
  async function piped(t: TestContext, line: string, count: number) {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, numbered(count));
    const env = {
      ...serverEnvironment(server),
      backup_backup__source_directory: 'source',
      S3_BACKUP: `${process.execPath} ${program.bin}`,
    };
    const script = `${line}; echo "exit \${PIPESTATUS[0]}" >&2`;
    const result = await start(['bash', '-c', script], { workplace, env }).ended;
    return { ...result, server, workplace };
  }

  it('`| head -1` of a dry run gets its line and neither crashes nor complains', async (t) => {
    const { stdout, stderr } = await piped(t, '$S3_BACKUP --dry-run | head -1', 3000);
    assert.match(stdout, /^would upload .*\n$/);
    assert.equal(stderr, 'exit 0\n');
  });

  it('a backup goes on to its end when nobody reads what it says', async (t) => {
    const line = '$S3_BACKUP --verbose --delete-after-upload --output-json report.json 2>&1 | head -1';
    const { stderr, server, workplace } = await piped(t, line, 300);
    assert.equal(stderr, 'exit 0\n');
    assert.equal(objectCount(server), 300);
    assert.deepEqual(workplace.tree(), {});
    assert.equal(reportOf(workplace).counts.deleted, 300);
  });

  it('a JSON report that is not read to its end changes neither the exit code nor says anything', async (t) => {
    const { stdout, stderr, server } = await piped(t, '$S3_BACKUP --output-json - | head -c 5', 300);
    assert.equal(stdout, '{\n  "');
    assert.equal(stderr, 'exit 0\n');
    assert.equal(objectCount(server), 300);
  });

  it('a JSON report of many pipe buffers arrives whole', async (t) => {
    const { stdout, stderr } = await piped(t, '$S3_BACKUP --output-json - | (sleep 1; cat)', 300);
    assert.equal(stderr, 'exit 0\n');
    assert.equal((JSON.parse(stdout) as ReportShape).files.length, 300);
  });
});

const noScript = spawnSync('script', ['--version']).status === 0 ? false : 'needs script of util-linux';
const RED_ERROR = '\u001b[37m\u001b[41mERROR';

describe('on a terminal', { concurrency: true, timeout: 90_000, skip: noScript }, () => {
  async function onTerminal(t: TestContext, argv: readonly string[], env: Record<string, string> = {}) {
    const server = await useS3Server(t);
    server.faults.plan({ operation: 'PutObject', times: 6, do: { kind: 'delay', ms: 300 } });
    server.faults.plan({
      operation: 'PutObject',
      key: 'file-0002.txt',
      times: 6,
      do: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    const workplace = useWorkplace(t, numbered(6));
    const command = [process.execPath, program.bin, '--source', 'source', '--concurrency', '1', ...argv];
    const run = start(['script', '-qec', `stty cols 120 rows 30; ${command.join(' ')}`, '/dev/null'], {
      workplace,
      env: { ...serverEnvironment(server), TERM: 'xterm', ...env },
    });
    const { code, stdout } = await run.ended;
    return { code, raw: stdout, screen: screenAfter(stdout), objects: objectCount(server) };
  }

  it('a progress line shows files, bytes and rate, never mixes with log lines, and is gone at the end', async (t) => {
    const { code, raw, screen, objects } = await onTerminal(t, []);
    assert.equal(code, 2, raw);
    assert.equal(objects, 5);
    assert.ok(raw.includes(RED_ERROR), raw);
    assert.match(raw, /\d+ of \d\+? files · .*B sent · .*B\/s/);
    assert.match(raw, /· 1 failed/);
    const lines = screen.filter((line) => line !== '');
    assert.match(
      lines[0] ?? '',
      /^\[\d\d:\d\d:\d\d\] ERROR: file failed: file-0002\.txt: .* \[UPLOAD_FAILED\]$/,
    );
    assert.match(lines[1] ?? '', /^ {2}\{.*\}$/);
    assert.match(lines[2] ?? '', /^5 of 6 files verified/);
    assert.ok(!screen.some((line) => line.includes('B/s')), screen.join('\n'));
    // The cursor, which is hidden meanwhile, is shown again.
    assert.ok(raw.lastIndexOf('\u001b[?25h') > raw.lastIndexOf('\u001b[?25l'));
  });

  it('--quiet shows no progress', async (t) => {
    const { code, raw } = await onTerminal(t, ['--quiet']);
    assert.equal(code, 2);
    assert.doesNotMatch(raw, /B\/s/);
    assert.match(raw, /file failed/);
    assert.doesNotMatch(raw, /proved in/);
  });

  it('NO_COLOR is heeded', async (t) => {
    const { code, raw, screen } = await onTerminal(t, [], { NO_COLOR: '1' });
    assert.equal(code, 2);
    assert.ok(!raw.includes(RED_ERROR), raw);
    assert.match(screen.join('\n'), /ERROR: file failed/);
  });
});
