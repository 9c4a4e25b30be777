import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { keysIn, useBucketClient } from '../../../support/bucket.ts';
import { runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { useS3Server } from '../../../support/s3-server.ts';
import { useSimpleStore } from '../../../support/simple-store.ts';

const FILES = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`f${n}/file`, 'x']));

async function usePlace(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, FILES);
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source' };
  return { server, workplace, plan: (...argv: string[]) => runCli(workplace, ['plan', ...argv], { env }) };
}

test('plan says what the shards have and where the plan is stored', async (t) => {
  const { server, workplace, plan } = await usePlace(t);
  const { code, stdout, stderr } = await plan('--shards', '4', '--prefix', 'p');
  assert.deepEqual([code, stderr], [0, '']);
  const keys = await keysIn(useBucketClient(t, server));
  const key = keys.find((each) => each.endsWith('plan.json')) ?? '';
  const id = /^p\/\.s3-backup\/plans\/(\d{8}T\d{6}Z-[0-9a-f]{8})\/plan\.json$/.exec(key)?.[1];
  assert.equal(
    stdout,
    `Plan ${id}: 4 shards for 40 files, 40 B; 10 in each\nStored as s3://test-bucket/${key}\n`,
  );
  assert.deepEqual(workplace.tree(), FILES);
});

test('a plan by folders says that it is an estimate', async (t) => {
  const { plan } = await usePlace(t);
  const { stdout } = await plan('--shard-files', '20', '--by', 'folders');
  assert.match(stdout, /^Plan \S+: 2 shards for about 40 files; about 20 in each\n/);
});

test('--print writes the script alone to stdout, with the flags that were given', async (t) => {
  const { plan } = await usePlace(t);
  const { code, stdout, stderr } = await plan(
    '--print',
    'slurm',
    '--delete-after-upload',
    '--exclude',
    '*.tmp',
    '--exclude',
    "it's",
  );
  assert.equal(code, 0);
  const id = /^Plan (\S+): 16 shards/.exec(stderr)?.[1];
  assert.match(stdout, /^#!\/bin\/bash\n/);
  const words = `--delete-after-upload --exclude '*.tmp' --exclude 'it'\\''s'`;
  assert.ok(stdout.includes(`s3-backup run --plan ${id} ${words}\n`), stdout);
  assert.match(stdout, /--array=0-15 /);
});

test('values that plan does not know are refused, and nothing is asked', async (t) => {
  const { server, plan } = await usePlace(t);
  for (const [argv, message] of [
    [['--shards', '0'], '--shards is "0"; allowed are whole numbers from 1 to 10000.'],
    [['--shard-files', 'x'], '--shard-files is "x"; allowed are whole numbers from 1 to 1000000000000.'],
    [['--by', 'size'], '--by is "size"; allowed are walk, folders and run:ID.'],
    [['--print', 'pbs'], '--print is "pbs"; allowed are slurm, kubernetes, batch, parallel.'],
    [
      ['--shards', '2', '--shard-files', '2'],
      '--shards and --shard-files exclude each other; use one of them.',
    ],
  ] as const) {
    const { code, stderr } = await plan(...argv);
    assert.deepEqual([code, stderr], [1, `s3-backup: ${message} [BAD_OPTION]\n`]);
  }
  assert.equal(server.requests.length, 0);
});

test('a run that is not there is named', async (t) => {
  const { plan } = await usePlace(t);
  const { code, stderr } = await plan('--by', 'run:2001');
  assert.equal(code, 1);
  assert.match(stderr, /There is no manifest of a run "2001"/);
});

test('a store that heeds no conditions is told of, and every shard is started without a lease', async (t) => {
  const store = await useSimpleStore(t, { ignoresConditions: true });
  const workplace = useWorkplace(t, FILES);
  const env = {
    ...{ AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', AWS_REGION: 'us-east-1' },
    ...{ AWS_ENDPOINT_URL: store.url, S3_BUCKET_NAME: 'test-bucket' },
    backup_backup__source_directory: 'source',
  };
  const { code, stdout, stderr } = await runCli(workplace, ['plan', '--print', 'slurm'], { env });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /no shard can have a lease: the engine must run no shard twice at the same time/);
  assert.match(stdout, /s3-backup run --plan \S+ --no-lease\n/);
});
