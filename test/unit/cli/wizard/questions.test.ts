import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { STORE_KINDS } from '../../../../src/cli/wizard/store-kinds.ts';
import type { S3ServerOptions } from '../../../../src/s3-server/index.ts';
import { useWorkplace, type Workplace } from '../../../support/cli-context.ts';
import { usePolicyServer } from '../../../support/policy-server.ts';
import { TEST_BUCKET, useS3Server } from '../../../support/s3-server.ts';
import { answering, keysOf, loadedIn, openToAll } from '../../../support/wizard.ts';

const FILES = { 'a.txt': 'a', 'deep/b.txt': 'bb' };
const OTHER_STORE = String(STORE_KINDS.findIndex(({ id }) => id === 'other') + 1);
/** Numbers of choices. */
const [FIRST_BUCKET, COPY, MOVE, YES] = ['1', '1', '2', 'y'];

interface Setup {
  readonly answers: (around: { endpoint: string; workplace: Workplace }) => readonly string[];
  readonly argv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly server?: Partial<S3ServerOptions>;
  readonly before?: (workplace: Workplace) => void;
}

async function asked(t: TestContext, { answers, env, before, ...setup }: Setup) {
  const server = await useS3Server(t, setup.server);
  const workplace = useWorkplace(t, FILES);
  before?.(workplace);
  const lines = answers({ endpoint: server.endpoint, workplace });
  const argv = setup.argv ?? [];
  const result = await answering(workplace, lines, { argv, env: { ...keysOf(server), ...env } });
  return { ...result, server, workplace };
}

describe('init --wizard at a terminal', () => {
  it('asks for all that a first backup needs, tries it, and writes it', async (t) => {
    const { code, stdout, stderr, said, server, workplace } = await asked(t, {
      answers: ({ endpoint }) => ['source', OTHER_STORE, endpoint, FIRST_BUCKET, 'office/', COPY, YES],
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Wrote .*\.backuprc \(mode 0600\)\. Next:\n {2}s3-backup status /);
    const { aws, s3, backup } = loadedIn(workplace).settings;
    assert.deepEqual(
      [aws.endpoint_url, s3.bucket_name, s3.prefix, backup.source_directory, backup.delete_after_upload],
      [server.endpoint, TEST_BUCKET, 'office/', workplace.source, false],
    );
    assert.match(said, /2 files, 3 B /);
    assert.match(said, /✓ credentials found in environment AWS_ACCESS_KEY_ID /);
    assert.match(said, /1 test-bucket 2 another one /);
    assert.match(said, /✓ write a test object below office\/\.s3-backup\/ was written and removed/);
    // The question of each setting that is written, once more before it is.
    assert.match(said, / s3\.bucket_name test-bucket.*Write .*\.backuprc\? \[Y\/n\] $/);
    assert.ok(!`${stdout}${stderr}`.includes(server.secretAccessKey));
  });

  it('offers every kind of store with the form of its endpoint', async (t) => {
    const { said } = await asked(t, { answers: () => ['source'] });
    for (const { name, endpointForm } of STORE_KINDS)
      assert.ok(said.includes(endpointForm === undefined ? `${name} ` : `${name}: ${endpointForm} `), name);
  });

  it('asks only what flags do not answer', async (t) => {
    const { code, stderr, said, workplace } = await asked(t, {
      argv: ['--bucket', TEST_BUCKET, '--source', 'source', '--delete-after-upload'],
      answers: ({ endpoint }) => [OTHER_STORE, endpoint, '', YES],
    });
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(said, /Which folder|Which bucket|copied, or moved/);
    assert.equal(loadedIn(workplace).settings.backup.delete_after_upload, true);
  });

  it('takes the values of the environment if nothing is typed', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, FILES);
    const env = { ...keysOf(server), AWS_ENDPOINT_URL: server.endpoint, S3_BUCKET_NAME: TEST_BUCKET };
    const { code, stderr } = await answering(workplace, ['source', '', '', '', '', '', ''], { env });
    assert.equal(code, 0, stderr);
    const { aws, s3 } = loadedIn(workplace).settings;
    assert.deepEqual([aws.endpoint_url, s3.bucket_name], [server.endpoint, TEST_BUCKET]);
  });

  it('adds https:// to the address of an endpoint without it', async (t) => {
    const { said } = await asked(t, {
      answers: ({ endpoint }) => ['source', OTHER_STORE, endpoint.replace('http://', '')],
    });
    assert.match(said, /✗ endpoint No secure connection to https:\/\/127\.0\.0\.1:\d+: .*\[ENDPOINT_TLS\] /);
  });

  it('says what a move deletes, and when', async (t) => {
    const { code, stderr, said, workplace } = await asked(t, {
      answers: ({ endpoint }) => ['source', OTHER_STORE, endpoint, FIRST_BUCKET, '', MOVE, YES],
    });
    assert.equal(code, 0, stderr);
    assert.ok(
      said.includes(`every file below ${workplace.source} is deleted here once S3 has proved`),
      stderr,
    );
    assert.equal(loadedIn(workplace).settings.backup.delete_after_upload, true);
  });
});

describe('init --wizard says why an answer does not work, and asks again:', () => {
  it('a folder that does not exist, and no answer at all', async (t) => {
    const { said } = await asked(t, { answers: () => ['', 'nope', 'source'] });
    assert.match(
      said,
      /an answer is needed.*✗ source The source folder does not exist: .*nope \[SOURCE_NOT_FOUND\] Check backup\.source_directory.*Which folder.*✓ source/,
    );
  });

  it('a number that is no choice, an endpoint that is no URL, and one where nothing listens', async (t) => {
    const { code, stderr, said, workplace } = await asked(t, {
      answers: ({ endpoint }) => [
        ...['source', '99', OTHER_STORE, 'ftp://x', 'http://127.0.0.1:1', endpoint],
        ...[FIRST_BUCKET, '', COPY, YES],
      ],
    });
    assert.equal(code, 0, stderr);
    assert.match(said, /use a number from 1 to \d+ /);
    assert.match(said, /"ftp:\/\/x" is not allowed; use an http/);
    assert.match(said, /✗ endpoint No connection to http:\/\/127\.0\.0\.1:1: .*\[ENDPOINT_UNREACHABLE\] /);
    assert.ok(workplace.names().includes('.backuprc'));
  });

  it('a bucket that does not exist', async (t) => {
    const { code, stderr, said } = await asked(t, {
      answers: ({ endpoint }) => [
        ...['source', OTHER_STORE, endpoint, '2', 'no-such-bucket', FIRST_BUCKET],
        ...['', COPY, YES],
      ],
    });
    assert.equal(code, 0, stderr);
    assert.match(said, /✗ bucket Bucket no-such-bucket: .*\[BUCKET_NOT_FOUND\].*✓ bucket test-bucket exists/);
  });

  it('a region that is not that of the bucket, which is asked only then', async (t) => {
    const { code, stderr, said, workplace } = await asked(t, {
      server: { region: 'eu-central-1' },
      answers: ({ endpoint }) => [...['source', OTHER_STORE, endpoint, '', FIRST_BUCKET], ...['', COPY, YES]],
    });
    assert.equal(code, 0, stderr);
    assert.match(said, /\[BUCKET_ELSEWHERE\].*Which region is the bucket in\? \[eu-central-1\]/);
    assert.equal(loadedIn(workplace).settings.aws.region, 'eu-central-1');
  });

  it('a store that does not know the keys of the environment, which cannot be changed meanwhile', async (t) => {
    const { said } = await asked(t, {
      env: { AWS_SECRET_ACCESS_KEY: 'another-secret' },
      answers: ({ endpoint }) => ['source', OTHER_STORE, endpoint, OTHER_STORE],
    });
    assert.match(
      said,
      /✗ sign-in ListBuckets: SignatureDoesNotMatch .*\[BAD_SECRET_KEY\].*Which store.*Address of/,
    );
    assert.ok(!said.includes('another-secret'));
  });

  it('a store, if a variable names the endpoint of another one', async (t) => {
    const { said } = await asked(t, {
      env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
      answers: () => ['source', '1', OTHER_STORE],
    });
    assert.match(
      said,
      /✗ endpoint environment AWS_ENDPOINT_URL sets aws\.endpoint_url.*Which store.*Address of its endpoint/,
    );
  });

  it('a move of a folder that others could replace', async (t) => {
    const { code, stderr, said, workplace } = await asked(t, {
      before: openToAll,
      answers: ({ endpoint }) => ['../open/data', OTHER_STORE, endpoint, FIRST_BUCKET, '', MOVE, COPY, YES],
    });
    assert.equal(code, 0, stderr);
    assert.match(said, /\[SOURCE_UNTRUSTED\]/);
    assert.equal(loadedIn(workplace).settings.backup.delete_after_upload, false);
  });

  it('a prefix below which nothing may be written', async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, FILES);
    const { endpoint } = await usePolicyServer(t, server, [
      {
        Sid: 'List',
        Action: ['s3:ListBucket', 's3:ListBucketVersions'],
        Resource: `arn:aws:s3:::${TEST_BUCKET}`,
      },
      {
        Sid: 'Objects',
        Action: ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'],
        Resource: `arn:aws:s3:::${TEST_BUCKET}/office/*`,
      },
    ]);
    const answers = ['source', OTHER_STORE, endpoint, TEST_BUCKET, '', 'office', COPY, YES];
    const { code, stderr, said } = await answering(workplace, answers, { env: keysOf(server) });
    assert.equal(code, 0, stderr);
    assert.match(said, /✗ write PutObject: AccessDenied.*Prefix of all keys.*✓ write /);
  });
});

it('a bucket that may be listed only below a prefix is tried again when the prefix is known', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, FILES);
  const { endpoint } = await usePolicyServer(t, server, [
    {
      Sid: 'List',
      Action: ['s3:ListBucket', 's3:ListBucketVersions'],
      Resource: `arn:aws:s3:::${TEST_BUCKET}`,
      Condition: { StringLike: { 's3:prefix': ['office/*'] } },
    },
    {
      Sid: 'Objects',
      Action: ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'],
      Resource: `arn:aws:s3:::${TEST_BUCKET}/office/*`,
    },
  ]);
  const answers = ['source', OTHER_STORE, endpoint, TEST_BUCKET, 'office', COPY, YES];
  const { code, stderr, said } = await answering(workplace, answers, { env: keysOf(server) });
  assert.equal(code, 0, stderr);
  assert.match(
    said,
    /- list .*BUCKET_FORBIDDEN.*; tried again below the prefix.*✓ list test-bucket may be listed/,
  );
});

describe('init --wizard writes nothing', () => {
  it('if the input ends before the last answer', async (t) => {
    const { code, said, stdout, workplace } = await asked(t, { answers: () => ['source'] });
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(said, /Number \[1\] Nothing was written\. $/);
    assert.deepEqual(workplace.names(), ['source']);
  });

  it("if a flag's answer does not work, which is not asked again", async (t) => {
    const { code, said, workplace } = await asked(t, {
      argv: ['--bucket', 'no-such-bucket'],
      answers: ({ endpoint }) => ['source', OTHER_STORE, endpoint, TEST_BUCKET],
    });
    assert.equal(code, 1);
    assert.match(said, /✗ bucket .*\[BUCKET_NOT_FOUND\] .*Nothing was written\. $/);
    assert.doesNotMatch(said, /name of the bucket\?/);
    assert.deepEqual(workplace.names(), ['source']);
  });

  it('if the last question is answered with no', async (t) => {
    const { code, said, stdout, workplace } = await asked(t, {
      answers: ({ endpoint }) => ['source', OTHER_STORE, endpoint, FIRST_BUCKET, '', COPY, 'maybe', 'n'],
    });
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(said, /use y or n.*Nothing was written\. $/);
    assert.deepEqual(workplace.names(), ['source']);
  });

  it('if the file is there and is not to be replaced, and asks nothing else', async (t) => {
    const before = (workplace: Workplace) => workplace.write('.backuprc', 'precious');
    const { code, said, workplace } = await asked(t, { before, answers: () => [''] });
    assert.equal(code, 1);
    assert.match(said, /\.backuprc is there already\. Replace it\? \[y\/N\] .*\[CONFIG_EXISTS\] $/);
    assert.equal(workplace.read('.backuprc'), 'precious');
  });

  it('if others could replace the file, and asks nothing', async (t) => {
    const before = ({ cwd }: Workplace) => chmodSync(cwd, 0o777);
    const { code, said } = await asked(t, { before, answers: () => ['source'] });
    assert.equal(code, 1);
    assert.match(said, / s3-backup: .*others may write to its folder .*\[CONFIG_UNTRUSTED\] $/);
  });
});

it('init --wizard replaces a file if the user wants it', async (t) => {
  const { code, stderr, workplace } = await asked(t, {
    before: (workplace) => workplace.write('.backuprc', '{ broken'),
    answers: ({ endpoint }) => [YES, 'source', OTHER_STORE, endpoint, FIRST_BUCKET, '', COPY, YES],
  });
  assert.equal(code, 0, stderr);
  assert.equal(loadedIn(workplace).origin('s3.bucket_name').name, join(workplace.cwd, '.backuprc'));
});
