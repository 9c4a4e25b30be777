import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  DeleteObjectCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { painted } from '../../../../src/cli/output/colours.ts';
import { type FaultPlan, startS3Server } from '../../../../src/s3-server/index.ts';
import { unseenProcesses } from '../../../../src/source/unseen-processes.ts';
import { everythingIn, keepVersions, useBucketClient } from '../../../support/bucket.ts';
import { runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { TEST_BUCKET, useS3Server } from '../../../support/s3-server.ts';

const AFTER_A_WEEK = {
  ID: 'a',
  Status: 'Enabled',
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
} as const;
const refused = (status: number, code: string): Pick<Input, 'fault'> => ({
  fault: { operation: 'GetBucketLifecycleConfiguration', do: { kind: 'error', status, code } },
});
const UNFINISHED: readonly (readonly [string, Pick<Input, 'rules' | 'fault'>, string, RegExp])[] = [
  ['without a rule', {}, '!', /no lifecycle rule aborts them in test-bucket/],
  ['with a rule', { rules: [{ ...AFTER_A_WEEK, Filter: { Prefix: '' } }] }, '✓', /aborts them after 7 days/],
  [
    'with a rule for other keys',
    { rules: [{ ...AFTER_A_WEEK, Filter: { Prefix: 'x/' } }] },
    '!',
    /no lifecycle rule/,
  ],
  ['where it may not look', refused(403, 'AccessDenied'), '-', /unknown: .*AccessDenied/],
  ['where the store has no rules', refused(501, 'NotImplemented'), '-', /unknown: .*NotImplemented/],
];

interface Input {
  readonly argv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly fault?: FaultPlan;
  readonly rules?: LifecycleRule[];
  readonly terminal?: boolean;
  readonly columns?: number;
}

async function status(t: TestContext, input: Input = {}) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  if (input.fault) server.faults.plan({ times: 100, ...input.fault });
  if (input.rules) {
    const LifecycleConfiguration = { Rules: input.rules };
    const command = new PutBucketLifecycleConfigurationCommand({
      Bucket: TEST_BUCKET,
      LifecycleConfiguration,
    });
    await useBucketClient(t, server).send(command);
  }
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source', ...input.env };
  const result = await runCli(workplace, input.argv ?? ['status'], { ...input, env });
  assert.deepEqual(workplace.tree(), { 'a.txt': 'a' });
  const [configuration = '', checks = ''] = result.stdout.split('\nChecks\n');
  const marks = [...checks.matchAll(/^ {2}([✓✗-]) (\S+) /gm)].map(([, mark, name]) => `${mark} ${name}`);
  return { ...result, server, workplace, configuration, checks, marks };
}

const ALL = [
  '✓ source',
  '✓ lock',
  '✓ credentials',
  '✓ endpoint',
  '✓ sign-in',
  '✓ bucket',
  '✓ list',
  '✓ write',
  '✓ store',
];

describe('status', () => {
  for (const argv of [['status'], ['--status'], ['-s'], ['run', '-s']]) {
    it(`shows a tick for every check and exits 0 with \`${argv.join(' ')}\``, async (t) => {
      const { code, stderr, marks } = await status(t, { argv });
      assert.deepEqual([code, stderr], [0, '']);
      assert.deepEqual(marks, ALL);
    });
  }

  for (const [what, { rules, fault }, mark, detail] of UNFINISHED) {
    it(`reports what happens to unfinished uploads ${what}, which is not a failure`, async (t) => {
      const { code, checks } = await status(t, { ...(rules && { rules }), ...(fault && { fault }) });
      assert.equal(code, 0);
      const line = checks.split('\n').find((text) => text.includes('unfinished uploads')) ?? '';
      assert.equal(line.trim()[0], mark);
      assert.match(line, detail);
    });
  }

  it('reports with deletion on which open files are detected, which is not a failure', async (t) => {
    const env = { backup_backup__delete_after_upload: 'true' };
    const { code, checks } = await status(t, { env });
    assert.equal(code, 0);
    const seen =
      /^ {2}✓ open files +files that other processes have open for writing are detected, and kept$/m;
    const unseen = /^ {2}! open files +files open for writing cannot be detected in \S.*$/m;
    assert.match(checks, unseenProcesses().length === 0 ? seen : unseen);
  });

  it('reports nothing about open files if they are deleted, too', async (t) => {
    const env = { backup_backup__delete_after_upload: 'true', backup_safety__delete_open_files: 'true' };
    const { checks } = await status(t, { env });
    assert.doesNotMatch(checks, /open files/);
  });

  it('removes its test object', async (t) => {
    const { server, checks } = await status(t);
    const [put] = server.requests.of('PutObject');
    const [gone] = server.requests.of('DeleteObject');
    assert.match(put?.key ?? '', /^\.s3-backup\/probe-/);
    assert.equal(gone?.key, put?.key);
    assert.equal(gone?.status, 204);
    assert.match(checks, /✓ write +a test object below \.s3-backup\/ was written and removed/);
  });

  it('names a test object that it may not remove, and a restore ignores that object', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t);
    server.faults.plan({
      operation: 'DeleteObject',
      do: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    const env = serverEnvironment(server);
    const { code, stdout } = await runCli(workplace, ['status', '--source', 'source'], { env });
    const [{ key = '' } = {}] = server.requests.of('PutObject');
    assert.equal(code, 1);
    assert.match(stdout, /✗ write +DeleteObject: AccessDenied/);
    assert.ok(stdout.includes(`; the test object was not removed: ${key}`), stdout);
    assert.equal((await runCli(workplace, ['ls'], { env })).stdout, '');
  });

  it('writes its test object below the prefix, where the files will be stored', async (t) => {
    const { server, code } = await status(t, { argv: ['status', '--prefix', 'deep/down'] });
    assert.equal(code, 0);
    assert.match(server.requests.of('PutObject')[0]?.key ?? '', /^deep\/down\/\.s3-backup\/probe-/);
  });

  it('--no-write-probe sends no request that writes', async (t) => {
    const { server, code, marks } = await status(t, { argv: ['status', '--no-write-probe'] });
    assert.equal(code, 0);
    assert.deepEqual(marks, ALL.slice(0, -2));
    assert.deepEqual(
      server.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD'),
      [],
    );
  });

  it('--all shows every value with its origin, and masks secrets', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t);
    const config = workplace.write(
      'config.yaml',
      `aws: {access_key_id: ${server.accessKeyId}, secret_access_key: ${server.secretAccessKey}}\n` +
        'backup: {source_directory: source}\ns3: {prefix: from-file}\n',
    );
    const { code, stdout, stderr } = await runCli(
      workplace,
      ['status', '--all', '--config', 'config.yaml', '--bucket', TEST_BUCKET, '--no-write-probe'],
      { env: { AWS_ENDPOINT_URL: server.endpoint, AWS_REGION: 'us-east-1' } },
    );
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^ {2}s3\.bucket_name +test-bucket +.*--bucket/m);
    assert.match(stdout, /^ {2}s3\.prefix +from-file +.*config\.yaml/m);
    assert.match(stdout, /^ {2}aws\.region +us-east-1 +.*AWS_REGION/m);
    assert.match(stdout, /^ {2}transfer\.max_attempts +5 +default/m);
    assert.match(stdout, /^ {2}aws\.secret_access_key +\*{4} +.*config\.yaml/m);
    assert.match(stdout, /✓ credentials +found in .*config\.yaml/);
    assert.ok(!`${stdout}${stderr}`.includes(server.secretAccessKey));
    assert.ok(config.length > 0);
  });

  it('shows only what is set, and how many settings have their defaults', async (t) => {
    const { configuration, server, workplace } = await status(t, { argv: ['status', '--prefix', 'p'] });
    const [heading, ...lines] = configuration.trimEnd().split('\n');
    assert.equal(heading, 'Configuration');
    assert.match(lines.pop() ?? '', /^ {2}\d\d settings have their defaults, which --all shows$/);
    assert.deepEqual(
      lines.map((line) => line.trim().split(/ {2,}/)),
      [
        ['aws.access_key_id', `${server.accessKeyId.slice(0, 4)}****`, 'environment AWS_ACCESS_KEY_ID'],
        ['aws.secret_access_key', '****', 'environment AWS_SECRET_ACCESS_KEY'],
        ['aws.endpoint_url', server.endpoint, 'environment AWS_ENDPOINT_URL'],
        ['s3.bucket_name', TEST_BUCKET, 'environment S3_BUCKET_NAME'],
        ['s3.prefix', 'p', '--prefix'],
        ['backup.source_directory', workplace.source, 'environment backup_backup__source_directory'],
      ],
    );
  });

  for (const [columns, rows] of [
    [40, 60],
    [80, 30],
    [120, 24],
  ] as const) {
    it(`fits into a terminal of ${columns} columns and ${rows} rows, broken at words`, async (t) => {
      const { stdout } = await status(t, { terminal: true, columns, env: { NO_COLOR: '1' } });
      const lines = stdout.trimEnd().split('\n');
      assert.ok(lines.length <= rows, `${lines.length} lines`);
      // A path or a key is never broken.
      assert.deepEqual(
        lines.filter((line) => line.length > columns && line.trim().includes(' ')),
        [],
      );
    });
  }

  it('has colours on a terminal, but not with NO_COLOR or TERM=dumb, nor elsewhere', async (t) => {
    const csi = '\u001b[';
    const coloured = await status(t, { terminal: true, argv: ['status', '--bucket', 'not-there'] });
    for (const part of [
      painted('heading', 'Checks'),
      painted('good', '✓'),
      painted('bad', '✗'),
      `${csi}2m--bucket`,
    ])
      assert.ok(coloured.stdout.includes(part), part);
    // Yellow advice cannot be read on a light background.
    assert.match(coloured.stdout, /\n +Check s3\.bucket_name/);
    for (const input of [
      {},
      { terminal: true, env: { NO_COLOR: '1' } },
      { terminal: true, env: { TERM: 'dumb' } },
    ])
      assert.ok(!(await status(t, input)).stdout.includes(csi));
  });

  it("writes its test object with the customer's key, and without a lock that would keep it", async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t);
    const { code, stdout } = await runCli(workplace, ['status', '--source', 'source'], {
      env: {
        ...serverEnvironment(server),
        S3_BACKUP_SSE_CUSTOMER_KEY: Buffer.alloc(32, 'k').toString('base64'),
        backup_s3__object_lock_mode: 'COMPLIANCE',
        backup_s3__object_lock_retention: '30d',
      },
    });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ {2}s3\.sse_customer_key +\*{4} +environment S3_BACKUP_SSE_CUSTOMER_KEY/m);
    assert.match(stdout, /^ {2}s3\.object_lock_retention +30d /m);
    const [put] = server.requests.of('PutObject');
    assert.equal(put?.headers['x-amz-server-side-encryption-customer-algorithm'], 'AES256');
    assert.ok(!Object.keys(put?.headers ?? {}).some((name) => name.includes('lock')));
  });

  it('shows which store it is and how it proves what it holds', async (t) => {
    const { checks } = await status(t);
    const line =
      /✓ store +an S3-compatible store.*; proved by the ETags of listings; If-None-Match is heeded\n/;
    assert.match(checks, line);
    const named = await status(t, { env: { backup_s3__checksum: 'crc64nvme' } });
    assert.match(named.checks, /✓ store +.*; proved by the crc64nvme that HEAD reports; /);
  });

  const proofs: Readonly<Record<string, readonly [env: NodeJS.ProcessEnv, mark: string, proof: RegExp]>> = {
    'with deletion on': [
      { backup_backup__delete_after_upload: 'true' },
      '✓ store',
      /reading every object back/,
    ],
    'with every byte read back': [
      { backup_safety__verify: 'download' },
      '✓ store',
      /reading every object back/,
    ],
    'where none is needed': [{ backup_safety__require_proof: 'false' }, '✓ store', /not proved/],
    'by nothing else': [{}, '✗ store', /it reports nothing that proves.*\n +Set safety\.verify to download/],
  };
  for (const [how, [env, mark, proof]] of Object.entries(proofs)) {
    it(`shows the proof of a store whose ETags are no digests, ${how}`, async (t) => {
      const fault: FaultPlan = { operation: 'PutObject', skip: 1, times: 1, do: { kind: 'random-etag' } };
      const { marks, checks, code } = await status(t, { env, fault });
      assert.equal(marks.at(-1), mark);
      assert.match(checks, proof);
      assert.equal(code, mark.startsWith('✓') ? 0 : 1);
    });
  }

  const failing: Readonly<Record<string, readonly [Input, readonly string[], RegExp]>> = {
    'a source that does not exist': [
      { argv: ['status', '--source', 'nowhere'] },
      ['✗ source', ...ALL.slice(1)],
      /✗ source +The source folder does not exist: .*nowhere \[SOURCE_NOT_FOUND\]\n +Check backup\.source_directory/,
    ],
    'the source / with deletion on': [
      { argv: ['status', '--source', '/'], env: { backup_backup__delete_after_upload: 'true' } },
      ['✗ source', ...ALL.slice(1)],
      /deletion is on/,
    ],
    'an endpoint that nobody listens at': [
      { argv: ['status', '--endpoint-url', 'http://127.0.0.1:9'] },
      [...ALL.slice(0, 3), '✗ endpoint', '- sign-in', '- bucket', '- list', '- write'],
      /✗ endpoint +No connection to http:\/\/127\.0\.0\.1:9.*\n +Check aws\.endpoint_url/,
    ],
    'an endpoint that is no S3': [
      { fault: { operation: 'ListObjectsV2', do: { kind: 'html-200' } } },
      [...ALL.slice(0, 3), '✗ endpoint', '- sign-in', '- bucket', '- list', '- write'],
      /not as an S3 endpoint/,
    ],
    'an unknown access key': [
      { env: { AWS_ACCESS_KEY_ID: 'nobody' } },
      [...ALL.slice(0, 4), '✗ sign-in', '- bucket', '- list', '- write'],
      /✗ sign-in +.*InvalidAccessKeyId.*\n +.*aws\.access_key_id/,
    ],
    'a wrong secret': [
      { env: { AWS_SECRET_ACCESS_KEY: 'not-the-secret' } },
      [...ALL.slice(0, 4), '✗ sign-in', '- bucket', '- list', '- write'],
      /✗ sign-in +.*SignatureDoesNotMatch.*\n +.*aws\.secret_access_key/,
    ],
    'a bucket that does not exist': [
      { argv: ['status', '--bucket', 'no-such-bucket'] },
      [...ALL.slice(0, 5), '✗ bucket', '- list', '- write'],
      /✗ bucket +Bucket no-such-bucket: .*NoSuchBucket.*\n +Check s3\.bucket_name/,
    ],
    'a bucket elsewhere': [
      {
        fault: { operation: 'ListObjectsV2', do: { kind: 'error', status: 301, code: 'PermanentRedirect' } },
      },
      [...ALL.slice(0, 5), '✗ bucket', '- list', '- write'],
      /Set aws\.region/,
    ],
    'a bucket that may not be listed': [
      { fault: { operation: 'ListObjectsV2', do: { kind: 'error', status: 403, code: 'AccessDenied' } } },
      [...ALL.slice(0, 6), '✗ list', '- write'],
      /✗ list +.*AccessDenied.*\n +Allow s3:ListBucket/,
    ],
    'a bucket that may not be written to': [
      { fault: { operation: 'PutObject', do: { kind: 'error', status: 403, code: 'AccessDenied' } } },
      [...ALL.slice(0, 7), '✗ write'],
      /✗ write +PutObject: AccessDenied.*\n +Allow s3:PutObject/,
    ],
    'a probe that cannot be removed': [
      { fault: { operation: 'DeleteObject', do: { kind: 'error', status: 403, code: 'AccessDenied' } } },
      [...ALL.slice(0, 7), '✗ write'],
      /✗ write +DeleteObject: AccessDenied.*\n +.*s3:DeleteObject/,
    ],
  };
  for (const [what, [input, marks, detail]] of Object.entries(failing)) {
    it(`shows a cross and what to do for ${what}, and exits 1`, async (t) => {
      const result = await status(t, input);
      assert.deepEqual(result.marks, marks);
      assert.match(result.checks, detail);
      assert.equal(result.code, 1);
      assert.equal(result.stderr, '');
    });
  }

  it('without a bucket shows the configuration, checks what it can, and says what is missing', async (t) => {
    const { code, checks, marks, configuration, server } = await status(t, {
      argv: ['status', '--all'],
      env: { S3_BUCKET_NAME: '' },
    });
    assert.equal(code, 1);
    assert.match(configuration, /s3\.bucket_name +\(not set\)/);
    assert.match(checks, /✗ bucket +No bucket was given\.\n +Set s3\.bucket_name/);
    const rest = ['- credentials', '- endpoint', '- sign-in', '✗ bucket', '- list', '- write'];
    assert.deepEqual(marks, ['✓ source', '✓ lock', ...rest]);
    assert.deepEqual([...server.requests], []);
  });

  it('without a source checks everything else', async (t) => {
    const { code, checks, marks } = await status(t, { env: { backup_backup__source_directory: '' } });
    assert.equal(code, 1);
    assert.deepEqual(marks, ['✗ source', ...ALL.slice(1)]);
    assert.match(
      checks,
      /✗ source +No source folder was given\.\n +Set backup\.source_directory or use --source/,
    );
  });

  it('without both reports both, and a profile that does not exist, too', async (t) => {
    const env = { backup_backup__source_directory: '', S3_BUCKET_NAME: '' };
    const { marks } = await status(t, { env });
    assert.deepEqual(
      marks.filter((mark) => mark.startsWith('✗')),
      ['✗ source', '✗ bucket'],
    );
    const { checks, marks: others } = await status(t, { argv: ['status', '--profile', 'nope'] });
    assert.match(
      checks,
      /✗ credentials +There is no profile "nope" in .* \[NO_CREDENTIALS\]\n +Check --profile\.\n/,
    );
    assert.deepEqual(others.slice(0, 4), ['✓ source', '✓ lock', '✗ credentials', '- endpoint']);
  });

  it('a broken configuration is an error on stderr and nothing on stdout', async (t) => {
    const { code, stderr, stdout } = await status(t, { env: { backup_transfer__concurrency: 'x' } });
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^s3-backup: .*backup_transfer__concurrency: .* \[CONFIG_INVALID\]\n$/);
  });
});

describe('a leftover of an earlier status', () => {
  const OLD = '.s3-backup/probe-11111111-2222-4333-8444-555555555555';
  const YOUNG = '.s3-backup/probe-99999999-2222-4333-8444-555555555555';
  const BODY = 's3-backup tries whether it can write here\n';
  const OTHERS = ['.s3-backup/probe-mine', `a/${OLD}`, `${OLD}.txt`, '.s3-backup/probe'];

  /** An endpoint on which all that `work` does looks as if it was done eight days ago. */
  async function eightDaysLater(t: TestContext, work: (client: S3Client) => Promise<void>) {
    const directory = mkdtempSync(join(tmpdir(), 's3-server-'));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const first = await startS3Server({ directory, buckets: [TEST_BUCKET] });
    await work(useBucketClient(t, first));
    await first.close();
    const journal = join(directory, TEST_BUCKET, 'journal.jsonl');
    const older = (_text: string, time: string) => `"modified":${Number(time) - 8 * 24 * 3600 * 1000}`;
    writeFileSync(journal, readFileSync(journal, 'utf8').replace(/"modified":(\d+)/g, older));
    const server = await useS3Server(t, { directory });
    return { server, client: useBucketClient(t, server), env: serverEnvironment(server) };
  }

  async function leave(client: S3Client, Key: string, Body = BODY): Promise<void> {
    await client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key, Body }));
  }

  for (const [what, prepare] of [
    ['as an object', async () => undefined],
    ['as versions and a delete marker', keepVersions],
  ] as const) {
    it(`${what} is removed when it is a week old, and nothing else`, async (t) => {
      const { client, env } = await eightDaysLater(t, async (first) => {
        await prepare(first);
        await leave(first, OLD);
        await leave(first, OLD);
        if (prepare === keepVersions)
          await first.send(new DeleteObjectCommand({ Bucket: TEST_BUCKET, Key: OLD }));
        for (const key of OTHERS) await leave(first, key);
        await leave(first, OLD.replace('111', '222'), 'somebody else wrote this');
      });
      await leave(client, YOUNG);
      const { code, stdout } = await runCli(useWorkplace(t), ['status', '--source', 'source'], { env });
      assert.equal(code, 0, stdout);
      assert.deepEqual(await everythingIn(client), [...OTHERS, OLD.replace('111', '222'), YOUNG].sort());
    });
  }

  it('stays if nothing is written', async (t) => {
    const { client, env } = await eightDaysLater(t, (first) => leave(first, OLD));
    const argv = ['status', '--source', 'source', '--no-write-probe'];
    assert.equal((await runCli(useWorkplace(t), argv, { env })).code, 0);
    assert.deepEqual(await everythingIn(client), [OLD]);
  });

  it('that cannot be removed is not a failure', async (t) => {
    const { server, env } = await eightDaysLater(t, (first) => leave(first, OLD));
    const denied = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
    server.faults.plan({ operation: 'DeleteObject', key: OLD, do: denied });
    const { code, stdout } = await runCli(useWorkplace(t), ['status', '--source', 'source'], { env });
    assert.equal(code, 0, stdout);
  });
});
