import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdirSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import type { Report } from '../../../../src/report/report.ts';
import type { S3Server } from '../../../../src/s3-server/index.ts';
import {
  type CliInput,
  type CliResult,
  runCli,
  serverEnvironment,
  useWorkplace,
  type Workplace,
} from '../../../support/cli-context.ts';
import { start, useProgram } from '../../../support/program.ts';
import { strictValidator } from '../../../support/report-schema.ts';
import { TEST_BUCKET, useS3Server } from '../../../support/s3-server.ts';
import { storedLater } from '../../../support/stored-later.ts';

const program = useProgram();

interface Scene {
  readonly server: S3Server;
  readonly workplace: Workplace;
  readonly env: NodeJS.ProcessEnv;
  readonly run: (argv?: readonly string[], input?: CliInput) => Promise<CliResult>;
  /** The keys that were written. */
  readonly keys: () => string[];
}

/** A server, a folder with files, and a program that knows both. */
async function scene(t: TestContext, files: Readonly<Record<string, string | Buffer>>): Promise<Scene> {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, files);
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source' };
  return {
    server,
    workplace,
    env,
    run: (argv = [], input = {}) => runCli(workplace, argv, { ...input, env: { ...env, ...input.env } }),
    keys: () =>
      server.requests
        .of('PutObject', 'CompleteMultipartUpload')
        .map(({ key }) => key ?? '')
        .sort(),
  };
}

const isReport = strictValidator('report.schema.json');

function reportOf(text: string): Report {
  const report = JSON.parse(text) as Report;
  assert.ok(isReport(report), JSON.stringify(isReport.errors));
  assert.equal(report.files.length, report.total_files);
  return report;
}

function fates({ files }: Report): Record<string, string> {
  return Object.fromEntries(
    files
      .map(({ path, fate, code }): [string, string] => [path, code ?? fate])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const TREE = { 'a.txt': 'a', 'sub/b.pdf': 'bb', 'sub/deep/a.txt': 'ccc' };

describe('a run', () => {
  for (const argv of [[], ['run']]) {
    it(`copies every file with \`s3-backup ${argv.join(' ')}\` and says so in a few lines`, async (t) => {
      const { run, workplace, keys } = await scene(t, TREE);
      const { code, stdout, stderr } = await run([...argv, '--prefix', 'backup']);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(
        stdout,
        /^3 of 3 files verified in s3:\/\/test-bucket\/backup\/? in \d+\.\d s\n {9}3 {7}6 B {2}proved and kept here\n\n?$/,
      );
      assert.deepEqual(keys(), ['backup/a.txt', 'backup/sub/b.pdf', 'backup/sub/deep/a.txt']);
      assert.deepEqual(workplace.tree(), TREE);
      assert.deepEqual(workplace.names(), ['source']);
    });
  }

  it('says how many files were unchanged and not read, and with --compare reads them', async (t) => {
    const { run } = await scene(t, TREE);
    await storedLater(t, () => run());
    const { stdout } = await run();
    assert.match(
      stdout,
      /^0 of 3 files verified, 3 unchanged and not read, in s3:\/\/test-bucket\/ in .*\n {9}3 {7}6 B {2}already in S3 \(SIZE_AND_TIME 3\)\n/,
    );
    const report = reportOf((await run(['--compare', 'checksum', '--output-json', '-'])).stdout);
    assert.deepEqual([report.verified_files, report.unread_files, report.attempts], [3, 0, 0]);
    const refused = await run(['--compare', 'size']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /--compare.*auto, size-mtime or checksum/);
  });

  it('moves with --delete-after-upload: files and emptied folders go, the source folder stays', async (t) => {
    const { run, workplace } = await scene(t, TREE);
    mkdirSync(join(workplace.source, 'was-empty'));
    const { code, stdout } = await run(['--delete-after-upload']);
    assert.equal(code, 0);
    assert.match(stdout, /\n {9}3 {7}6 B {2}proved and deleted here\n {9}2 {12}emptied folders removed\n/);
    assert.deepEqual(workplace.tree(), {});
    assert.ok(existsSync(join(workplace.source, 'was-empty')));
    assert.ok(!existsSync(join(workplace.source, 'sub')));
  });

  it('does not delete with --no-delete-after-upload, whatever the configuration says', async (t) => {
    const { run, workplace } = await scene(t, TREE);
    const { code } = await run(['--no-delete-after-upload'], {
      env: { backup_backup__delete_after_upload: 'true' },
    });
    assert.equal(code, 0);
    assert.deepEqual(workplace.tree(), TREE);
  });

  it('has nothing to do in an empty folder and exits 0', async (t) => {
    const { run, workplace } = await scene(t, {});
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0);
    assert.match(stderr, /^\[.*] WARN: nothing to back up: there is no file in .*source\n$/);
    assert.equal(stdout, `Nothing to do: no files to back up from ${workplace.source}\n`);
  });

  it('says that no file was selected, and why', async (t) => {
    const { run, workplace } = await scene(t, TREE);
    const { code, stdout } = await run(['--include', '*.jpg']);
    assert.equal(code, 0);
    const [first, second] = stdout.split('\n');
    assert.equal(first, `Nothing to do: 3 files in ${workplace.source}, all skipped`);
    assert.match(second ?? '', /3 .* skipped \(EXCLUDED 3\)$/);
  });

  it('exits 2 if a file fails, names it on stderr, and continues with the others', async (t) => {
    const { run, server, workplace } = await scene(t, TREE);
    server.faults.plan({
      operation: 'PutObject',
      key: 'a.txt',
      times: 9,
      do: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    const { code, stdout, stderr } = await run(['--delete-after-upload', '--output-json', 'report.json']);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^\[[\d:]+\] ERROR: file failed: a\.txt: .*AccessDenied.* \[UPLOAD_FAILED\] \{.*\}\n$/,
    );
    assert.match(stdout, /^2 of 3 files verified .*failed and not deleted \(UPLOAD_FAILED 1\)\n/s);
    assert.deepEqual(workplace.tree(), { 'a.txt': 'a' });
    const report = reportOf(workplace.read('report.json'));
    assert.equal(report.exit_code, 2);
    assert.deepEqual([report.successful_uploads, report.failed_uploads, report.deleted_files], [2, 1, 2]);
    assert.deepEqual(
      report.upload_errors.map(([path]) => path),
      ['a.txt'],
    );
    assert.match(report.upload_errors[0]?.[1] ?? '', /AccessDenied/);
  });

  it('supports the flags of the first user: -c, -d, -v, --output-json', async (t) => {
    const { server, workplace } = await scene(t, TREE);
    workplace.write(
      'config.yaml',
      `aws:
  access_key_id: ${server.accessKeyId}
  secret_access_key: ${server.secretAccessKey}
  region: us-east-1
  endpoint_url: ${server.endpoint}
s3:
  bucket_name: ${TEST_BUCKET}
  prefix: old
backup:
  source_directory: source
  file_extensions: [".PDF"]
  delete_after_upload: true
logging:
  level: INFO
`,
    );
    const { code, stdout, stderr } = await runCli(workplace, [
      '-c',
      'config.yaml',
      '-d',
      '-v',
      '--output-json',
      'r.json',
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^would move {12}2 B {2}sub\/b\.pdf -> old\/sub\/b\.pdf$/m);
    assert.match(stderr, /file skipped: a\.txt: /);
    assert.equal(reportOf(workplace.read('r.json')).dry_run, true);
    const { code: moved } = await runCli(workplace, ['--config', 'config.yaml']);
    assert.equal(moved, 0);
    assert.deepEqual(Object.keys(workplace.tree()), ['a.txt', 'sub/deep/a.txt']);
  });

  it('selects files by --include, --exclude (both repeatable) and --min-age', async (t) => {
    const { run, workplace, keys } = await scene(t, {
      ...TREE,
      'c.txt': 'c',
      'd.md': 'd',
      'old.txt': 'o',
      'odd/x.txt': 'x',
    });
    utimesSync(join(workplace.source, 'old.txt'), new Date(0), new Date(0));
    const both = ['--include', '*.txt', '--include', '*.pdf', '--exclude', 'sub/deep/', '--exclude', 'odd'];
    assert.equal((await run(both)).code, 0);
    assert.deepEqual(keys(), ['a.txt', 'c.txt', 'old.txt', 'sub/b.pdf']);
    const { stdout } = await run([
      ...['--prefix', 'new', '--min-age', '12h', '--output-json', '-', '--dry-run'],
    ]);
    const report = reportOf(stdout);
    assert.deepEqual(report.planned, { files: 1, bytes: 1, present_files: 0, present_bytes: 0 });
    assert.equal(fates(report)['a.txt'], 'TOO_YOUNG');
  });

  it('keeps no more files in work than --concurrency allows', async (t) => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_none, n) => [`${n}.txt`, `${n}`]));
    const { run, server } = await scene(t, files);
    let [now, most] = [0, 0];
    server.faults.plan({
      operation: 'PutObject',
      times: 12,
      do: {
        kind: 'call',
        run: async () => {
          now += 1;
          most = Math.max(most, now);
          while (most < 3) await new Promise((resolve) => setTimeout(resolve, 1));
          // For a fourth, if one came.
          await new Promise((resolve) => setTimeout(resolve, 30));
          now -= 1;
        },
      },
    });
    assert.equal((await run(['--concurrency', '3'])).code, 0);
    assert.equal(most, 3);
  });

  for (const flag of ['-q', '--quiet']) {
    it(`${flag} prints errors only`, async (t) => {
      const { run, server } = await scene(t, TREE);
      assert.deepEqual(await run([flag]), { code: 0, stdout: '', stderr: '', exits: [] });
      const denied = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
      server.faults.plan({ operation: 'PutObject', key: 'p/a.txt', times: 9, do: denied });
      const { code, stdout, stderr } = await run([flag, '--prefix', 'p']);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^\[[\d:]+\] ERROR: file failed: a\.txt: [^\n]*\n$/);
    });
  }

  it('--verbose reports every file, and --log-level sets the level of console and log file', async (t) => {
    const { run, workplace } = await scene(t, { 'a.txt': 'a', 'b.md': 'b' });
    const verbose = await run(['--verbose', '--exclude', '*.md']);
    assert.match(verbose.stderr, /^\[[\d:]+\] INFO: run started /);
    assert.match(verbose.stderr, /file skipped: b\.md: /);
    assert.match(verbose.stderr, /file proved: a\.txt /);
    const info = await run([
      '--log-level',
      'info',
      '--log-file',
      'logs/run.log',
      '--exclude',
      '*.md',
      '--prefix',
      'x',
    ]);
    assert.match(info.stderr, /INFO: file proved/);
    assert.doesNotMatch(info.stderr, /file skipped/);
    const lines = workplace.read('logs/run.log').split('\n').slice(0, -1);
    const messages = lines.map((line) => JSON.parse(line) as Record<string, string>);
    assert.deepEqual(
      messages.map(({ operation, msg }) => `${operation}: ${msg}`),
      ['start: run started', 'upload: file proved', 'end: run ended'],
    );
    for (const { timestamp, level } of messages) {
      assert.equal(level, 'info');
      assert.ok(Date.parse(timestamp ?? '') > 0);
    }
    assert.equal(messages[1]?.path, 'a.txt');
    assert.equal(statSync(join(workplace.cwd, 'logs/run.log')).mode & 0o777, 0o600);
    assert.equal(
      (await run(['--log-level', 'ERROR', '--log-file', 'quiet.log', '--prefix', 'y'])).stderr,
      '',
    );
    assert.equal(workplace.read('quiet.log'), '');
  });

  for (const [how, fate] of [
    ['copies', 'kept'],
    ['moves', 'deleted'],
  ] as const) {
    it(`leaves its own configuration, log and report out of a source folder that it ${how}`, async (t) => {
      const { server, workplace, keys } = await scene(t, {
        'a.txt': 'a',
        'report.json': 'old',
        'backup.log.1': 'old log',
        'backup.log.old': 'not one of ours',
      });
      workplace.write('source/config.yaml', `backup: {delete_after_upload: ${how === 'moves'}}\n`);
      const outputs = ['--output-json', 'report.json', '--log-file', 'backup.log'];
      const inside = { ...workplace, cwd: workplace.source };
      const argv = ['--source', '.', '--config', 'config.yaml', ...outputs];
      const { code, stderr, stdout } = await runCli(inside, argv, { env: serverEnvironment(server) });
      assert.equal(code, 0, stderr + stdout);
      assert.deepEqual(keys(), ['a.txt', 'backup.log.old']);
      const report = reportOf(workplace.read('source/report.json'));
      const { 'a.txt': first, 'backup.log.old': second, ...others } = fates(report);
      assert.deepEqual([first, second], [fate, fate]);
      assert.deepEqual([...new Set(Object.values(others))], ['EXCLUDED']);
      assert.match(workplace.read('source/backup.log'), /"run ended"/);
    });
  }

  it('leaves its report out even if the source is named by a link', async (t) => {
    const { run, workplace, keys } = await scene(t, { 'a.txt': 'a' });
    symlinkSync(workplace.source, join(workplace.cwd, 'link'));
    mkdirSync(join(workplace.source, 'new'));
    const argv = ['--source', 'link', '--output-json', 'link/new/report.json', '--delete-after-upload'];
    const { code, stderr } = await run(argv);
    assert.equal(code, 0, stderr);
    assert.deepEqual(keys(), ['a.txt']);
    assert.equal(reportOf(workplace.read('source/new/report.json')).deleted_files, 1);
  });

  it('does not move its own configuration away', async (t) => {
    const { server, workplace, keys } = await scene(t, { 'a.txt': 'a' });
    workplace.write('source/.backuprc', 'backup: {source_directory: ., delete_after_upload: true}\n');
    const inside = { ...workplace, cwd: workplace.source };
    const { code, stderr } = await runCli(inside, [], { env: serverEnvironment(server) });
    assert.equal(code, 0, stderr);
    assert.deepEqual(keys(), ['a.txt']);
    assert.deepEqual(Object.keys(workplace.tree()), ['.backuprc']);
  });

  it('is not confused by glob characters in the names of its own files', async (t) => {
    const { server, workplace, keys } = await scene(t, { 'r.json': 'a file', 'report.json': 'another' });
    const inside = { ...workplace, cwd: workplace.source };
    const argv = ['--source', '.', '--output-json', 'r[e]{p}(o)*!.json'];
    const { code, stderr } = await runCli(inside, argv, { env: serverEnvironment(server) });
    assert.equal(code, 0, stderr);
    assert.deepEqual(keys(), ['r.json', 'report.json']);
  });

  it('reads - as stdout, not as a file, when it moves the current folder', async (t) => {
    const { server, workplace } = await scene(t, { 'a.txt': 'a' });
    const inside = { ...workplace, cwd: workplace.source };
    const argv = ['--source', '.', '--output-json', '-', '--delete-after-upload'];
    const { code, stdout, stderr } = await runCli(inside, argv, { env: serverEnvironment(server) });
    assert.equal(code, 0, stderr);
    assert.equal(reportOf(stdout).deleted_files, 1);
  });
});

describe('a dry run', () => {
  it('prints what would happen to each file, with its size, and changes nothing', async (t) => {
    const { run, server, workplace } = await scene(t, TREE);
    symlinkSync('/etc/passwd', join(workplace.source, 'link'));
    const argv = ['--dry-run', '--delete-after-upload', '--exclude', 'deep/', '--output-json', 'report.json'];
    const { code, stdout, stderr } = await run(argv);
    assert.deepEqual([code, stderr], [0, '']);
    const lines = stdout.split('\n');
    assert.ok(lines.includes('would move            1 B  a.txt -> a.txt'), stdout);
    assert.ok(lines.includes('would move            2 B  sub/b.pdf -> sub/b.pdf'), stdout);
    assert.match(stdout, /^would skip .* link \(SYMBOLIC_LINK: a symbolic link\)$/m);
    const said =
      /^Dry run: 2 files, 3 B, would be sent from .*source to s3:\/\/test-bucket\/, then deleted here once proved$/m;
    assert.match(stdout, said);
    assert.deepEqual(
      server.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD'),
      [],
    );
    assert.ok(server.requests.of('ListObjectsV2').length > 0);
    assert.deepEqual(workplace.tree(), TREE);
    const report = reportOf(workplace.read('report.json'));
    assert.deepEqual(
      [report.dry_run, report.exit_code, report.planned],
      [true, 0, { files: 2, bytes: 3, present_files: 0, present_bytes: 0 }],
    );
    assert.deepEqual([report.successful_uploads, report.deleted_files], [0, 0]);
  });

  it('says in its summary how many of the files a move would keep', async (t) => {
    const { run, workplace } = await scene(t, { a: '1', alone: '2' });
    linkSync(join(workplace.source, 'a'), join(workplace.source, 'b'));
    const argv = ['--dry-run', '--delete-after-upload'];
    const { stdout } = await run(argv);
    assert.match(
      stdout,
      /^Dry run: 3 files, 3 B, would be sent from .*, then 1 of them deleted here once proved$/m,
    );
    const { stdout: kept } = await run([...argv, '--exclude', 'alone']);
    assert.match(kept, /^Dry run: 2 files, 2 B, would be sent from .*, then kept here$/m);
  });

  it('cannot be forged by the name of a file', async (t) => {
    const name = 'x\nwould upload 9 B  y -> y\u001b[31m\u009b2J';
    const { run } = await scene(t, { [name]: '1' });
    const { stdout } = await run(['--dry-run']);
    const [first, second] = stdout.split('\n');
    assert.equal(
      first,
      'would upload          1 B  "x\\nwould upload 9 B  y -> y\\u001b[31m\\u009b2J" -> "x\\nwould upload 9 B  y -> y\\u001b[31m\\u009b2J"',
    );
    assert.match(second ?? '', /^Dry run: 1 file, 1 B/);
  });

  const notRoot = process.geteuid?.() === 0 ? false : 'only root can run a program as somebody else';
  it('cannot be forged by the name of a file that may not be read', { skip: notRoot }, async (t) => {
    const { env, workplace } = await scene(t, { 'x\nforged\u001b[31m': '1' });
    const run = start([process.execPath, program.bin, '--dry-run'], { workplace, env, uid: 65534 });
    const { code, stdout, stderr } = await run.ended;
    assert.equal(code, 2, stderr);
    const lines = stdout.split('\n');
    assert.match(
      lines[0] ?? '',
      /^would fail .*"x\\nforged\\u001b\[31m" \(UNREADABLE: .*permission denied.*\)$/,
    );
    assert.match(lines[1] ?? '', /^Dry run: nothing would be sent from /);
    assert.ok(!`${stdout}${stderr}`.includes('\u001b'));
    assert.equal(stderr.match(/\n/g)?.length, 1, stderr);
  });
});

describe('--output-json', () => {
  it('- writes only the JSON report to stdout, also with --dry-run and --verbose', async (t) => {
    const { run } = await scene(t, TREE);
    for (const extra of [['--verbose'], ['--dry-run', '--verbose'], ['--quiet']]) {
      const { code, stdout } = await run(['--output-json', '-', ...extra]);
      assert.equal(code, 0);
      assert.equal(reportOf(stdout).total_files, 3);
    }
  });

  it('- also writes the report of a run that could not begin, and the error goes to stderr', async (t) => {
    const { run } = await scene(t, TREE);
    const { code, stdout, stderr } = await run(['--output-json', '-', '--bucket', 'no-such-bucket']);
    assert.equal(code, 1);
    const report = reportOf(stdout);
    assert.deepEqual([report.exit_code, report.error?.code, report.total_files], [1, 'BUCKET_NOT_FOUND', 0]);
    assert.match(stderr, /^s3-backup: .*BUCKET_NOT_FOUND\]\n {2}\S.*\n$/);
  });

  it('writes a report with the fields of the first user, for its owner only, replacing the old one as a whole', async (t) => {
    const { run, workplace } = await scene(t, TREE);
    workplace.write('out/report.json', 'old');
    const { code } = await run([
      '--delete-after-upload',
      '--output-json',
      'out/report.json',
      '--prefix',
      'p',
    ]);
    assert.equal(code, 0);
    const report = reportOf(workplace.read('out/report.json'));
    assert.ok(Date.parse(report.start_time) <= Date.parse(report.end_time));
    assert.ok(report.duration_seconds >= 0);
    assert.deepEqual(
      [report.total_files, report.successful_uploads, report.failed_uploads, report.deleted_files],
      [3, 3, 0, 3],
    );
    assert.deepEqual(
      [report.failed_deletions, report.success_rate_percent, report.verified_files],
      [0, 100, 3],
    );
    assert.deepEqual([report.upload_errors, report.deletion_errors], [[], []]);
    assert.deepEqual(
      [...report.uploaded_files].sort(),
      Object.keys(TREE)
        .map((path) => [path, `p/${path}`])
        .sort(),
    );
    assert.deepEqual([report.source, report.bucket, report.dry_run], [workplace.source, TEST_BUCKET, false]);
    assert.equal(statSync(join(workplace.cwd, 'out/report.json')).mode & 0o777, 0o600);
  });

  it('creates no folder for a report', async (t) => {
    const { run, workplace } = await scene(t, {});
    assert.equal((await run(['--output-json', 'new/report.json'])).code, 1);
    assert.ok(!workplace.names().includes('new'));
  });

  for (const argv of [[], ['restore', '--to', 'back']]) {
    it(`is written before a summary that cannot be printed (${argv[0] ?? 'run'})`, async (t) => {
      const { run, workplace } = await scene(t, TREE);
      assert.equal((await run([])).code, 0);
      const onStdout = () => {
        throw new Error('nobody can be told');
      };
      const { code, stderr } = await run([...argv, '--output-json', 'report.json'], { onStdout });
      assert.equal(code, 1);
      assert.match(stderr, /^s3-backup: internal error: Error: nobody can be told\n/);
      assert.equal(JSON.parse(workplace.read('report.json')).total_files, 3);
    });
  }

  it('a report that cannot be written (/dev/full) causes exit code 1 and an error, and the files are safe', async (t) => {
    const { run, workplace, keys } = await scene(t, TREE);
    const { code, stderr } = await run(['--output-json', '/dev/full']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^s3-backup: The report cannot be written: \/dev\/full: ENOSPC.*\[REPORT_NOT_WRITABLE\]\n/,
    );
    assert.equal(keys().length, 3);
    assert.deepEqual(workplace.tree(), TREE);
  });
});

describe('--files-from', () => {
  it('- takes newline-separated paths, relative or absolute, the last one without its newline, too', async (t) => {
    const { run, keys, workplace } = await scene(t, { ...TREE, 'not-named': 'x' });
    const stdin = `a.txt\n\n${join(workplace.source, 'sub/b.pdf')}\nsub/deep/a.txt`;
    const { code, stderr } = await run(['--files-from', '-'], { stdin });
    assert.equal(code, 0, stderr);
    assert.deepEqual(keys(), Object.keys(TREE));
  });

  for (const flag of ['--null', '-0']) {
    it(`- ${flag} takes NUL-separated paths, with newlines in them`, async (t) => {
      const { run, keys } = await scene(t, { 'two\nlines': 'x', 'a.txt': 'a' });
      const { code, stderr } = await run(['--files-from', '-', flag], { stdin: 'two\nlines\0a.txt\0' });
      assert.equal(code, 0, stderr);
      assert.deepEqual(keys(), ['a.txt', 'two\nlines']);
    });
  }

  it('- --null does not trust a last record without its NUL: exit 2, and that file is not touched', async (t) => {
    const { run, keys, workplace } = await scene(t, { 'a.txt': 'a', 'a.txt.old': 'b' });
    const argv = ['--files-from', '-', '--null', '--delete-after-upload', '--output-json', '-'];
    const { code, stdout } = await run(argv, { stdin: 'a.txt.old\0a.txt' });
    assert.equal(code, 2);
    assert.deepEqual(fates(reportOf(stdout)), { 'a.txt': 'LIST_TRUNCATED', 'a.txt.old': 'deleted' });
    assert.deepEqual(keys(), ['a.txt.old']);
    assert.deepEqual(workplace.tree(), { 'a.txt': 'a' });
  });

  for (const [what, stdin] of [
    ['an empty list', ''],
    ['a list of empty lines', '\n\n\n'],
  ] as const) {
    it(`- with ${what} succeeds without doing anything`, async (t) => {
      const { run, workplace, keys } = await scene(t, TREE);
      const { code, stderr, stdout } = await run(['--files-from', '-', '--delete-after-upload'], { stdin });
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^Nothing to do: no files to back up from /);
      assert.deepEqual(keys(), []);
      assert.deepEqual(workplace.tree(), TREE);
    });
  }

  it('- fails files outside the source and missing ones, exits 2, and backs up the others', async (t) => {
    const { run, keys, workplace } = await scene(t, TREE);
    workplace.write('secret.txt', 's');
    const stdin = '../secret.txt\n/etc/passwd\nsub/../../secret.txt\nmissing.txt\nsub\na.txt\na.txt\n';
    const argv = ['--files-from', '-', '--delete-after-upload', '--output-json', '-'];
    const { code, stdout, stderr } = await run(argv, { stdin });
    assert.equal(code, 2);
    assert.deepEqual(keys(), ['a.txt']);
    assert.equal(workplace.read('secret.txt'), 's');
    const report = reportOf(stdout);
    const codes = report.files.map(({ path, fate, code }) => `${path}: ${code ?? fate}`).sort();
    assert.deepEqual(codes, [
      '../secret.txt: OUTSIDE_SOURCE',
      '/etc/passwd: OUTSIDE_SOURCE',
      'a.txt: DUPLICATE',
      'a.txt: deleted',
      'missing.txt: NOT_FOUND',
      'sub/../../secret.txt: OUTSIDE_SOURCE',
      'sub: IS_A_FOLDER',
    ]);
    assert.equal(stderr.match(/file failed/g)?.length, 5);
  });

  it('FILE reads the list from a file, relative to the current folder', async (t) => {
    const { run, keys, workplace } = await scene(t, TREE);
    workplace.write('lists/today.txt', 'sub/b.pdf\n');
    assert.equal((await run(['--files-from', 'lists/today.txt'])).code, 0);
    assert.deepEqual(keys(), ['sub/b.pdf']);
  });

  it('- starts with the first files while the list is still being written', async (t) => {
    const { run, server } = await scene(t, TREE);
    let more: () => void = () => undefined;
    const written = new Promise<void>((resolve) => {
      more = resolve;
    });
    server.faults.plan({ operation: 'PutObject', key: 'a.txt', do: { kind: 'call', run: () => more() } });
    async function* list() {
      yield Buffer.from('a.txt\nsub/b');
      await written;
      yield Buffer.from('.pdf\n');
    }
    const { code, stdout } = await run(['--files-from', '-'], { stdin: Readable.from(list()) });
    assert.equal(code, 0);
    assert.match(stdout, /^2 of 2 files verified/);
  });
});

describe('secrets', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
  const customerKey = Buffer.alloc(32, 'customer').toString('base64');

  /** Everything that a run leaves behind, when the server quotes the secret wherever it can. */
  async function quoted(t: TestContext, operation: 'PutObject' | 'ListObjectsV2', argv: readonly string[]) {
    const server = await useS3Server(t, { secretAccessKey: secret });
    const workplace = useWorkplace(t, TREE);
    const message = `your secret is ${secret}, and your key is ${customerKey}, is it not?`;
    server.faults.plan({
      operation,
      times: 20,
      do: { kind: 'error', status: 403, code: 'AccessDenied', message },
    });
    const env = {
      ...serverEnvironment(server),
      backup_backup__source_directory: 'source',
      S3_BACKUP_SSE_CUSTOMER_KEY: customerKey,
    };
    const { code, stdout, stderr } = await runCli(workplace, argv, { env });
    const files = workplace.names().filter((name) => name !== 'source');
    const everything = [stdout, stderr, ...files.map((name) => workplace.read(name))];
    return { code, everything };
  }

  for (const [operation, argv, outputs] of [
    ['PutObject', ['--verbose', '--log-file', 'l', '--output-json', 'r'], 3],
    ['PutObject', ['--verbose', '--output-json', '-'], 2],
    ['ListObjectsV2', ['--verbose', '--log-file', 'l', '--output-json', 'r'], 2],
    ['ListObjectsV2', ['--output-json', '-'], 2],
    ['ListObjectsV2', ['status'], 1],
    ['PutObject', ['status'], 1],
  ] as const) {
    it(`are printed nowhere if ${operation} quotes one in \`${argv.join(' ')}\``, async (t) => {
      const { code, everything } = await quoted(t, operation, argv);
      assert.notEqual(code, 0);
      for (const output of everything)
        assert.ok(!output.includes(secret) && !output.includes(customerKey), output);
      const quoting = everything.filter((output) => output.includes('secret is ****, and your key is ****'));
      assert.equal(quoting.length, outputs);
    });
  }
});

it('a signal before the first file leaves a report that says so', async (t) => {
  const { run, workplace, server } = await scene(t, TREE);
  let signal: (name: 'SIGINT' | 'SIGTERM') => void = () => undefined;
  server.faults.plan({ operation: 'ListObjectsV2', do: { kind: 'call', run: () => signal('SIGTERM') } });
  const { code, exits, stderr } = await run(['--output-json', 'report.json', '--delete-after-upload'], {
    onStart: (send) => {
      signal = send;
    },
  });
  assert.equal(code, 143, stderr);
  assert.deepEqual(exits, []);
  const report = reportOf(workplace.read('report.json'));
  assert.deepEqual([report.interrupted, report.exit_code], [true, 143]);
  assert.deepEqual(workplace.tree(), TREE);
});
