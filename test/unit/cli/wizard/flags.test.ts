import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { S3ServerOptions } from '../../../../src/s3-server/index.ts';
import { type CliInput, runCli, useWorkplace, type Workplace } from '../../../support/cli-context.ts';
import { TEST_BUCKET, useS3Server } from '../../../support/s3-server.ts';
import { keysOf, loadedIn, openToAll } from '../../../support/wizard.ts';

const FILES = { 'a.txt': 'a', 'deep/b.txt': 'bb' };

interface Setup extends CliInput {
  /** Flags that replace those of a whole answer; undefined leaves one out. */
  readonly flags?: Readonly<Record<string, string | true | undefined>>;
  readonly more?: readonly string[];
  readonly server?: Partial<S3ServerOptions>;
  readonly before?: (workplace: Workplace) => void;
}

/** Runs the wizard with an answer to every question. */
async function scripted(t: TestContext, { flags = {}, more = [], before, ...input }: Setup = {}) {
  const server = await useS3Server(t, input.server);
  const workplace = useWorkplace(t, FILES);
  before?.(workplace);
  const whole: Record<string, string | true | undefined> = {
    '--source': 'source',
    '--endpoint-url': server.endpoint,
    '--bucket': TEST_BUCKET,
    '--prefix': 'office',
    '--no-delete-after-upload': true,
    ...flags,
  };
  const argv = Object.entries(whole).flatMap(([name, value]) =>
    value === undefined ? [] : value === true ? [name] : [name, value],
  );
  const env = { ...keysOf(server), ...input.env };
  const result = await runCli(workplace, ['init', '--wizard', ...argv, ...more], { ...input, env });
  return { ...result, server, workplace };
}

/** What ended with exit code 1, and wrote nothing. */
async function refused(t: TestContext, setup: Setup, said: RegExp) {
  const result = await scripted(t, setup);
  assert.deepEqual([result.code, result.stdout], [1, '']);
  assert.match(result.stderr, said);
  assert.ok(!result.workplace.names().includes('.backuprc'));
  return result;
}

describe('init --wizard with flags', () => {
  it('writes the commented sample with the answers, which a run loads', async (t) => {
    const { code, stdout, stderr, workplace, server } = await scripted(t);
    assert.equal(code, 0, stderr);
    const path = join(workplace.cwd, '.backuprc');
    assert.ok(stdout.startsWith(`Wrote ${path} (mode 0600). Next:\n`), stdout);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const text = workplace.read('.backuprc');
    const active = text.split('\n').filter((line) => /^ {2}\w/.test(line));
    assert.deepEqual(active, [
      `  endpoint_url: ${server.endpoint}`,
      `  bucket_name: ${TEST_BUCKET}`,
      '  prefix: office',
      `  source_directory: ${workplace.source}`,
      '  delete_after_upload: false',
    ]);
    assert.match(text, /^ {2}# .*\n {2}#max_delete: /m);
    const { settings } = loadedIn(workplace);
    const { settings: usual } = loadedIn({ ...workplace, cwd: workplace.home });
    assert.deepEqual(settings, {
      ...usual,
      aws: { ...usual.aws, endpoint_url: server.endpoint },
      s3: { ...usual.s3, bucket_name: TEST_BUCKET, prefix: 'office' },
      backup: { ...usual.backup, source_directory: workplace.source, delete_after_upload: false },
    });
    const next = await runCli(workplace, ['status'], { env: keysOf(server) });
    assert.equal(next.code, 0, next.stdout);
  });

  it('tries each answer: counts the files, lists the bucket, and writes an object below the prefix', async (t) => {
    const { stderr, server } = await scripted(t);
    assert.match(stderr, /✓ source +.*source exists and is readable: 2 files, 3 B\n/);
    for (const name of ['credentials', 'endpoint', 'sign-in', 'bucket', 'list', 'write', 'store'])
      assert.equal(stderr.match(new RegExp(`^ {2}✓ ${name} `, 'gm'))?.length, 1, `${name}: ${stderr}`);
    assert.match(server.requests.of('PutObject')[0]?.key ?? '', /^office\/\.s3-backup\/probe-/);
    assert.equal(server.requests.of('DeleteObject').length > 0, true);
  });

  it('shows no secret, and writes none', async (t) => {
    const { stdout, stderr, workplace, server } = await scripted(t);
    assert.ok(!`${stdout}${stderr}${workplace.read('.backuprc')}`.includes(server.secretAccessKey));
    assert.ok(!workplace.read('.backuprc').includes(server.accessKeyId));
  });

  it('--yes takes the default of each question that has one', async (t) => {
    const flags = { '--prefix': undefined, '--no-delete-after-upload': undefined };
    const { code, stderr, workplace } = await scripted(t, { flags, more: ['--yes'] });
    assert.equal(code, 0, stderr);
    const { settings } = loadedIn(workplace);
    assert.deepEqual([settings.s3.prefix, settings.backup.delete_after_upload], ['', false]);
  });

  it('--yes takes what the environment names', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, FILES);
    const env = {
      ...keysOf(server),
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_REGION: 'us-east-1',
      S3_BUCKET_NAME: TEST_BUCKET,
      backup_backup__source_directory: 'source',
    };
    const { code, stderr } = await runCli(workplace, ['init', '--wizard', '--yes', '--store', 'other'], {
      env,
    });
    assert.equal(code, 0, stderr);
    const { aws, s3, backup } = loadedIn(workplace).settings;
    assert.deepEqual(
      [aws.endpoint_url, aws.region, s3.bucket_name, backup.source_directory],
      [server.endpoint, 'us-east-1', TEST_BUCKET, workplace.source],
    );
  });

  it('turns deletion on, and says whether open files are seen', async (t) => {
    const flags = { '--no-delete-after-upload': undefined, '--delete-after-upload': true } as const;
    const { code, stderr, workplace } = await scripted(t, { flags });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^ {2}[✓!] open files /m);
    assert.equal(loadedIn(workplace).settings.backup.delete_after_upload, true);
  });

  it('writes to FILE, and names it in the next steps', async (t) => {
    const { code, stdout, workplace } = await scripted(t, { more: ['office.yaml'] });
    assert.equal(code, 0);
    assert.match(stdout, /s3-backup status --config office\.yaml/);
    assert.match(stdout, /--html page\.html --config office\.yaml/);
    assert.deepEqual(workplace.names(), ['office.yaml', 'source']);
  });

  it('prints to stdout for `-`, and nothing else', async (t) => {
    const { code, stdout, workplace } = await scripted(t, { more: ['-'] });
    assert.equal(code, 0);
    assert.deepEqual(workplace.names(), ['source']);
    workplace.write('printed', stdout);
    assert.equal(loadedIn(workplace, { configFile: 'printed' }).settings.s3.bucket_name, TEST_BUCKET);
  });

  it('--no-check sends nothing and looks at no file', async (t) => {
    const flags = {
      '--source': 'elsewhere',
      '--endpoint-url': undefined,
      '--store': 'b2',
      '--bucket': 'mine',
    };
    const more = ['--no-check', '--endpoint-url', 'https://s3.us-west-004.backblazeb2.com'];
    const { code, stderr, workplace, server } = await scripted(t, { flags, more });
    assert.equal(code, 0, stderr);
    assert.deepEqual([...server.requests], []);
    const { aws, backup } = loadedIn(workplace).settings;
    assert.equal(backup.source_directory, join(workplace.cwd, 'elsewhere'));
    // The endpoint of this store tells its region.
    assert.equal(aws.region, 'us-west-004');
  });

  it('--force replaces a file, and one that cannot be used is no hindrance', async (t) => {
    const before = (workplace: Workplace) => workplace.write('.backuprc', '{ broken', 0o666);
    const { code, stderr, workplace } = await scripted(t, { before, more: ['--force'] });
    assert.equal(code, 0, stderr);
    assert.equal(loadedIn(workplace).settings.s3.bucket_name, TEST_BUCKET);
  });
});

describe('init --wizard with flags writes nothing and exits 1 if', () => {
  it('answers are missing, all of which it names', async (t) => {
    const workplace = useWorkplace(t);
    const { code, stderr } = await runCli(workplace, ['init', '--wizard']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^s3-backup: Some answers are missing, and there is no terminal to ask at: give --source; --store or --endpoint-url; --bucket; --prefix; --delete-after-upload or --no-delete-after-upload\. \[BAD_OPTION\]\n {2}--yes takes/,
    );
    const { stderr: withYes } = await runCli(workplace, ['init', '--wizard', '--yes']);
    assert.match(withYes, /and --yes asks nothing: give --source; --bucket\. \[BAD_OPTION\]\n$/);
    const withStore = await runCli(workplace, ['init', '--wizard', '--yes', '--store', 'minio']);
    assert.match(withStore.stderr, /give --source; --endpoint-url; --bucket\./);
    assert.deepEqual(workplace.names(), ['source']);
  });

  for (const [what, setup, said] of [
    ['the folder does not exist', { flags: { '--source': 'nope' } }, /✗ source +.*\[SOURCE_NOT_FOUND\]\n/],
    [
      'the folder is a file',
      { flags: { '--source': 'source/a.txt' } },
      /✗ source +.*\[SOURCE_NOT_A_FOLDER\]\n/,
    ],
    [
      'the endpoint is no URL',
      { flags: { '--endpoint-url': 'ftp://x' } },
      /^s3-backup: --endpoint-url: aws\.endpoint_url: "ftp:\/\/x" is not allowed; use an http.* \[CONFIG_INVALID\]\n$/m,
    ],
    [
      'nothing listens at the endpoint',
      { flags: { '--endpoint-url': 'http://127.0.0.1:1' } },
      /✗ endpoint +No connection to http:\/\/127\.0\.0\.1:1: .*\[ENDPOINT_UNREACHABLE\]\n +Check aws\.endpoint_url/,
    ],
    [
      'the store is unknown',
      { flags: { '--store': 'x' } },
      /--store is "x"; allowed are aws, r2, .*\[BAD_OPTION\]/,
    ],
    ['the bucket does not exist', { flags: { '--bucket': 'nope' } }, /✗ bucket +.*\[BUCKET_NOT_FOUND\]\n/],
    [
      'the bucket is not a name',
      { flags: { '--bucket': 's3://x' } },
      /--bucket: s3\.bucket_name: "s3:\/\/x" is not allowed; use the name alone/,
    ],
    ['the keys are wrong', { env: { AWS_SECRET_ACCESS_KEY: 'wrong' } }, /✗ sign-in +.*\[BAD_SECRET_KEY\]\n/],
    [
      'the bucket is in another region',
      { server: { region: 'eu-central-1' }, flags: { '--region': 'us-west-2' } },
      /✗ bucket +.*\[BUCKET_ELSEWHERE\]\n/,
    ],
    [
      'the profile does not exist',
      { env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, flags: { '--profile': 'nope' } },
      /✗ credentials +There is no profile "nope" in .*\[NO_CREDENTIALS\]\n/,
    ],
    [
      'a variable wins over an answer',
      { env: { S3_BUCKET_NAME: 'other' } },
      /--bucket: s3\.bucket_name: environment S3_BUCKET_NAME sets s3\.bucket_name to other, which counts/,
    ],
    [
      'a variable names an endpoint although the store is AWS',
      {
        env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
        flags: { '--endpoint-url': undefined, '--store': 'aws' },
      },
      /✗ endpoint +environment AWS_ENDPOINT_URL sets aws\.endpoint_url to http/,
    ],
  ] as const satisfies readonly (readonly [string, Setup, RegExp])[]) {
    it(what, async (t) => {
      const { stderr, workplace } = await refused(t, setup, said);
      assert.deepEqual(workplace.names(), ['source']);
      assert.doesNotMatch(stderr, /internal error/);
    });
  }

  it('no object can be written below the prefix', async (t) => {
    const server = await useS3Server(t);
    server.faults.plan({ operation: 'PutObject', do: { kind: 'error', status: 403, code: 'AccessDenied' } });
    const workplace = useWorkplace(t, FILES);
    const argv = ['--source', 'source', '--endpoint-url', server.endpoint, '--bucket', TEST_BUCKET, '--yes'];
    const { code, stderr } = await runCli(workplace, ['init', '--wizard', ...argv], { env: keysOf(server) });
    assert.equal(code, 1);
    assert.match(stderr, /✗ write +PutObject: AccessDenied.*\n +Allow s3:PutObject.*or use --no-check/);
    assert.match(stderr, /\nNothing was written\.\n$/);
    assert.deepEqual(workplace.names(), ['source']);
  });

  it('the source of a move could be replaced by others', async (t) => {
    const move = { '--no-delete-after-upload': undefined, '--delete-after-upload': true } as const;
    const flags = { ...move, '--source': '../open/data' };
    await refused(t, { flags, before: openToAll }, /✗ source +.*\[SOURCE_UNTRUSTED\]\n/);
  });

  it('the file is there already, before anything is tried', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t);
    workplace.write('mine', 'precious');
    const { code, stderr } = await runCli(
      workplace,
      ['init', '--wizard', 'mine', '--yes', '--source', 'source'],
      {
        env: keysOf(server),
      },
    );
    assert.deepEqual([code, workplace.read('mine')], [1, 'precious']);
    assert.match(stderr, /mine: already exists; use --force to replace it \[CONFIG_EXISTS\]\n$/);
  });

  it('the folder of the file does not exist, before anything is tried', async (t) => {
    const { server, stderr } = await refused(t, { more: ['no/such/file'] }, /\[CONFIG_UNWRITABLE\]\n$/);
    assert.match(stderr, /no\/such\/file: cannot be written: ENOENT/);
    assert.deepEqual([...server.requests], []);
  });

  it('an answer is given without --wizard', async (t) => {
    const workplace = useWorkplace(t);
    const { code, stderr } = await runCli(workplace, ['init', '--bucket', 'x', '--no-check', '--yes']);
    assert.equal(code, 1);
    assert.equal(stderr, 's3-backup: --yes, --no-check, --bucket: only with --wizard. [BAD_OPTION]\n');
    assert.deepEqual(workplace.names(), ['source']);
  });
});
