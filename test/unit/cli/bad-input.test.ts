import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { FaultPlan, S3ServerOptions } from '../../../src/s3-server/index.ts';
import { runCli, serverEnvironment, useWorkplace, type Workplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const program = useProgram();

interface Case {
  readonly argv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly server?: Partial<S3ServerOptions>;
  readonly fault?: FaultPlan;
  readonly prepare?: (workplace: Workplace) => void;
}

/** Everything that could do harm is on: each case has to stop it. */
async function refused(t: TestContext, input: Case, expected: RegExp): Promise<void> {
  const server = await useS3Server(t, input.server);
  const workplace = useWorkplace(t, { 'a.txt': 'a', 'sub/b.txt': 'b' });
  workplace.write('a-file', '');
  mkdirSync(join(workplace.cwd, 'a-folder'));
  input.prepare?.(workplace);
  if (input.fault) server.faults.plan({ times: 100, ...input.fault });
  const before = workplace.tree();
  const env = {
    ...serverEnvironment(server),
    backup_backup__source_directory: 'source',
    backup_backup__delete_after_upload: 'true',
    backup_transfer__max_attempts: '1',
    ...input.env,
  };
  const { code, stdout, stderr } = await runCli(workplace, input.argv ?? [], { env });
  requireOneError(stderr, expected);
  assert.equal(stdout, '');
  assert.equal(code, 1);
  assert.deepEqual(workplace.tree(), before);
  assert.deepEqual(
    server.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD'),
    [],
  );
}

/** One line that says what is wrong, and at most one that says what to do. */
function requireOneError(stderr: string, expected: RegExp): void {
  const lines = stderr.split('\n');
  assert.equal(lines.pop(), '', `stderr does not end with a newline: ${stderr}`);
  assert.ok(lines.length <= 2, `more than two lines: ${stderr}`);
  assert.match(lines[0] ?? '', /^s3-backup: \S/);
  if (lines.length === 2) assert.match(lines[1] ?? '', /^ {2}\S/);
  assert.match(stderr, expected);
  assert.doesNotMatch(stderr, /internal error| at .*\.[jt]s:\d/);
}

const CASES: Readonly<Record<string, readonly [Case, RegExp]>> = {
  'a source folder that does not exist': [
    { argv: ['--source', 'nowhere'] },
    /does not exist: .*nowhere \[SOURCE_NOT_FOUND\]/,
  ],
  'a source that is a file': [{ argv: ['--source', 'source/a.txt'] }, /is not a folder: .*a\.txt/],
  'a source that is below a file': [{ argv: ['--source', 'source/a.txt/x'] }, /is not a folder/],
  'the source / with deletion on': [{ argv: ['--source', '/'] }, /The source is \/ and deletion is on/],
  'no source': [{ env: { backup_backup__source_directory: '' } }, /No source folder was given/],
  'neither source nor bucket': [
    { env: { backup_backup__source_directory: '', S3_BUCKET_NAME: '' } },
    /^s3-backup: No source folder was given\. No bucket was given\. \[BAD_OPTION\]\n {2}Set .*--source.*--bucket.*No configuration file was found.*init --wizard.*\n$/,
  ],
  'restore without a folder and a bucket': [
    { argv: ['restore'], env: { S3_BUCKET_NAME: '' } },
    /^s3-backup: No folder to restore to was given\. No bucket was given\. \[BAD_OPTION\]\n {2}Use --to DIR\. Set .*--bucket/,
  ],
  'no bucket': [{ env: { S3_BUCKET_NAME: '' } }, /No bucket was given/],
  'an unknown key': [
    { env: { backup_backup__sauce_directory: 'x' } },
    /backup_backup__sauce_directory: .*unknown key.*source_directory/,
  ],
  'an unknown key in a file': [
    {
      argv: ['--config', 'config.yaml'],
      prepare: (w) => w.write('config.yaml', 's3:\n  bucket_nane: x\n'),
    },
    /config\.yaml.*bucket_nane.*bucket_name.* \[CONFIG_INVALID\]\n$/,
  ],
  'a value of the wrong type': [{ argv: ['--concurrency', 'many'] }, /--concurrency.*"many".*whole number/],
  'a value out of range': [{ argv: ['--concurrency', '0'] }, /--concurrency.*from 1 to 256/],
  'an unknown log level': [{ argv: ['--log-level', 'LOUD'] }, /--log-level.*DEBUG, INFO/],
  'a minimum age that is none': [{ argv: ['--min-age', 'soon'] }, /--min-age.*"soon"/],
  'broken YAML': [
    { argv: ['-c', 'config.yaml'], prepare: (w) => w.write('config.yaml', 's3: [unclosed\n  x: 1\n') },
    /config\.yaml:.* \[CONFIG_SYNTAX\]\n$/,
  ],
  'a --config that does not exist': [
    { argv: ['--config', 'nowhere.yaml'] },
    /nowhere\.yaml.*no such file.* \[CONFIG_NOT_FOUND\]\n$/,
  ],
  'a bucket that does not exist': [
    { argv: ['--bucket', 'no-such-bucket'] },
    /no-such-bucket: .*NoSuchBucket.*\[BUCKET_NOT_FOUND\]/,
  ],
  'a bucket that may not be used': [
    { fault: { operation: 'ListObjectsV2', do: { kind: 'error', status: 403, code: 'AccessDenied' } } },
    /AccessDenied.*\[BUCKET_FORBIDDEN\]/,
  ],
  'a bucket in another region': [
    { fault: { operation: 'ListObjectsV2', do: { kind: 'error', status: 301, code: 'PermanentRedirect' } } },
    /PermanentRedirect.*\[BUCKET_ELSEWHERE\]/,
  ],
  'a wrong access key': [
    { env: { AWS_ACCESS_KEY_ID: 'somebody-else' } },
    /InvalidAccessKeyId.*\[BAD_ACCESS_KEY\]/,
  ],
  'a wrong secret key': [
    { env: { AWS_SECRET_ACCESS_KEY: 'wrong' } },
    /SignatureDoesNotMatch.*\[BAD_SECRET_KEY\]/,
  ],
  'an expired token': [
    {
      fault: { operation: 'ListObjectsV2', do: { kind: 'error', status: 400, code: 'ExpiredToken' } },
    },
    /ExpiredToken.*\[EXPIRED_TOKEN\]/,
  ],
  'a clock that is wrong': [
    {
      fault: { operation: 'ListObjectsV2', do: { kind: 'error', status: 403, code: 'RequestTimeTooSkewed' } },
    },
    /RequestTimeTooSkewed.*\[CLOCK_SKEW\]/,
  ],
  'an endpoint that nobody listens at': [
    { argv: ['--endpoint-url', 'http://127.0.0.1:9'] },
    /No connection to http:\/\/127\.0\.0\.1:9.*\[ENDPOINT_UNREACHABLE\]/,
  ],
  'an endpoint whose name nobody knows': [
    { argv: ['--endpoint-url', 'http://s3.invalid'] },
    /No connection to http:\/\/s3\.invalid.*\[ENDPOINT_UNREACHABLE\]/,
  ],
  'an endpoint that is no URL': [{ argv: ['--endpoint-url', 'localhost:9000'] }, /--endpoint-url.*http:\/\//],
  'a web page instead of S3': [
    { fault: { operation: 'ListObjectsV2', do: { kind: 'html-200' } } },
    /answers, but not as an S3 endpoint.*\[ENDPOINT_NOT_S3\]/,
  ],
  'a log file that cannot be written': [
    { argv: ['--log-file', '/dev/null/elsewhere/backup.log'] },
    /log file cannot be written: .*elsewhere\/backup\.log.*\[LOG_NOT_WRITABLE\]/,
  ],
  'a log file that is a folder': [{ argv: ['--log-file', '.'] }, /log file cannot be written.*EISDIR/],
  'a report that cannot be written': [
    { argv: ['--output-json', '/dev/null/elsewhere/report.json'] },
    /report cannot be written: .*elsewhere\/report\.json.*\[REPORT_NOT_WRITABLE\]/,
  ],
  'a report that is a folder': [{ argv: ['--output-json', '.'] }, /report cannot be written.*EISDIR/],
  'a list that does not exist': [
    { argv: ['--files-from', 'nowhere.txt'] },
    /list of files cannot be read: .*nowhere\.txt.*\[LIST_UNREADABLE\]/,
  ],
  'NUL-separated, but no list': [{ argv: ['--null'] }, /--null needs --files-from.*\[BAD_OPTION\]/],
  'a list that is a folder': [{ argv: ['--files-from', 'source'] }, /list of files cannot be read: .*source/],
  'an impossible glob': [{ argv: ['--include', 'a/{b'] }, /"a\/\{b" cannot be used/],
  'a glob whose braces multiply': [
    { argv: ['--exclude', '{*a,*b}'.repeat(10)] },
    /^s3-backup: exclude: .* cannot be used: with its braces expanded .*\[BAD_OPTION\]\n$/,
  ],
  'a file of more patterns than a list has': [
    {
      argv: ['--config', 'many'],
      prepare: ({ write }) => write('many', `backup:\n  exclude_patterns:\n${'  - x\n'.repeat(10_001)}`),
    },
    /^s3-backup: exclude: there are 10001 patterns, at most 10000 are allowed\. \[BAD_OPTION\]\n {2}A folder/,
  ],
  'a memory below what the parts need': [
    { env: { backup_transfer__part_size: '64MiB', backup_transfer__memory: '64MiB' } },
    /memory/,
  ],
};

describe('bad input gets one clear error, exit code 1, and nothing is touched', { concurrency: true }, () => {
  for (const [name, [input, expected]] of Object.entries(CASES)) {
    it(name, (t) => refused(t, input, expected));
  }

  it('https to an endpoint that speaks http', async (t) => {
    const web = createServer((_request, response) => response.end());
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    t.after(() => web.close());
    const url = `https://127.0.0.1:${(web.address() as AddressInfo).port}`;
    await refused(t, { argv: ['--endpoint-url', url] }, /No secure connection to .*\[ENDPOINT_TLS\]/);
  });

  it('a server message with line breaks and escape sequences in it stays one harmless line', (t) => {
    const message = 'first\nsecond \u001b[2Jthird\u009b31m';
    const fault: FaultPlan = {
      operation: 'ListObjectsV2',
      do: { kind: 'error', status: 403, code: 'AccessDenied', message },
    };
    return refused(t, { fault }, /^s3-backup: Bucket[\P{Cc}]*first[\P{Cc}]*second[\P{Cc}]*third[\P{Cc}]*\n/u);
  });

  // The SDK looks for credentials in the real environment, so these need a process of their own.
  it('no credentials anywhere', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { 'a.txt': 'a' });
    const env = { AWS_ENDPOINT_URL: server.endpoint };
    const argv = ['--source', 'source', '--bucket', 'test-bucket', '--delete-after-upload'];
    const run = start([process.execPath, program.bin, ...argv], { workplace, env });
    const { code, stdout, stderr } = await run.ended;
    requireOneError(stderr, /\[NO_CREDENTIALS\]/);
    assert.deepEqual([code, stdout], [1, '']);
    assert.deepEqual(workplace.tree(), { 'a.txt': 'a' });
    assert.deepEqual([...server.requests], []);
  });

  it('a profile that does not exist', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { 'a.txt': 'a' });
    const env = { AWS_ENDPOINT_URL: server.endpoint };
    const argv = ['--source', 'source', '--bucket', 'test-bucket', '--profile', 'nobody'];
    const run = start([process.execPath, program.bin, ...argv], { workplace, env });
    const { code, stdout, stderr } = await run.ended;
    requireOneError(
      stderr,
      /^s3-backup: There is no profile "nobody" in .*\/\.aws\/config and .*credentials\. \[NO_CREDENTIALS\]\n {2}Check --profile\.\n$/,
    );
    assert.deepEqual([code, stdout], [1, '']);
    assert.deepEqual([...server.requests], []);
  });

  it('a profile that does not exist, although other keys or a role are available', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { 'a.txt': 'a' });
    workplace.write('credentials', '[work]\naws_access_key_id = A\naws_secret_access_key = S\n');
    const files = { AWS_SHARED_CREDENTIALS_FILE: join(workplace.cwd, 'credentials') };
    const env = { ...serverEnvironment(server), ...files };
    const roleOnly = { ...env, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    for (const [argv, variables, where] of [
      [['--source', 'source', '--profile', 'wrok'], env, '--profile'],
      [['ls', '--profile', 'wrok'], env, '--profile'],
      [['--source', 'source'], { ...roleOnly, AWS_PROFILE: 'wrok' }, 'environment AWS_PROFILE'],
    ] as const) {
      const { code, stderr } = await runCli(workplace, argv, { env: variables });
      assert.equal(code, 1);
      assert.match(stderr, /^s3-backup: There is no profile "wrok" in .*credentials\. \[NO_CREDENTIALS\]/);
      assert.ok(stderr.endsWith(`\n  Check ${where}.\n`), stderr);
    }
    // One that is not needed may be nowhere.
    const unused = await runCli(workplace, ['--source', 'source'], { env: { ...env, AWS_PROFILE: 'wrok' } });
    assert.equal(unused.code, 0, unused.stderr);
  });

  it("an endpoint that has the bucket's name in its path", async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { 'a.txt': 'a' });
    const env = serverEnvironment(server);
    for (const endpoint of [
      `${server.endpoint}/test-bucket`,
      `${server.endpoint}/test-bucket/`,
      `${server.endpoint}/base/test-bucket`,
    ]) {
      for (const argv of [
        ['--source', 'source', '--delete-after-upload'],
        ['ls'],
        ['status', '--source', 'source'],
      ]) {
        const { code, stdout, stderr } = await runCli(workplace, [...argv, '--endpoint-url', endpoint], {
          env,
        });
        const said =
          "aws.endpoint_url ends in the bucket's name: remove test-bucket from it, since the program adds it.";
        assert.equal(code, 1);
        assert.ok((stdout + stderr).includes(said), stdout + stderr);
      }
    }
    assert.deepEqual(workplace.tree(), { 'a.txt': 'a' });
  });

  const notRoot = process.geteuid?.() === 0 ? false : 'only root can run a program as somebody else';
  it('a source folder that may not be read', { skip: notRoot }, async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t);
    mkdirSync(join(workplace.cwd, 'private'), { mode: 0o700 });
    const run = start([process.execPath, program.bin, '--source', 'private'], {
      workplace,
      env: serverEnvironment(server),
      uid: 65534,
    });
    const { code, stdout, stderr } = await run.ended;
    requireOneError(stderr, /cannot be read: .*private.*\[SOURCE_UNREADABLE\]/);
    assert.deepEqual([code, stdout], [1, '']);
    assert.deepEqual([...server.requests], []);
  });
});
