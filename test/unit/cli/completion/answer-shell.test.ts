import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { StorageClass } from '@aws-sdk/client-s3';
import { completionOf } from '../../../../src/cli/completion/candidates.ts';
import type { CliContext } from '../../../../src/cli/context.ts';
import { COMMANDS } from '../../../../src/cli/main.ts';
import { STORAGE_CLASSES } from '../../../../src/s3/storage-classes.ts';
import { PREFIX, useBackedUp } from '../../../support/backed-up.ts';
import { bareEnvironment, runCli, useWorkplace } from '../../../support/cli-context.ts';

/** What zsh would be told about words without a bucket: the local names, and the candidates without what is said about them. */
async function offered(t: TestContext, words: readonly string[]): Promise<string[]> {
  const result = await runCli(useWorkplace(t), ['completion', 'zsh', '--', ...words]);
  assert.deepEqual([result.code, result.stderr, result.exits], [0, '', [0]]);
  return valuesIn(result.stdout);
}

function valuesIn(stdout: string): string[] {
  return stdout
    .slice(0, -1)
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '');
}

const CASES: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
  [['sta'], ['none', 'status']],
  [['nonsense', ''], ['none']],
  [
    ['help', 'sta'],
    ['none', 'status'],
  ],
  [['--dry'], ['none', '--dry-run']],
  [['--no-dry'], ['none', '--no-dry-run']],
  [
    ['run', '--verif'],
    ['none', '--verify'],
  ],
  [['run', 'x'], ['none']],
  [
    ['--verify', ''],
    ['none', 'auto', 'head', 'download'],
  ],
  [['--verify=h'], ['none', '--verify=head']],
  [
    ['--overwrite', 'if'],
    ['none', 'if-different'],
  ],
  [
    ['--log-level', 'D'],
    ['none', 'DEBUG'],
  ],
  [
    ['restore', '--archive-tier', 'B'],
    ['none', 'Bulk'],
  ],
  [
    ['verify', '--against', ''],
    ['files', 'bucket'],
  ],
  [['-c', ''], ['files']],
  [
    ['init', '--store', 'mi'],
    ['none', 'minio'],
  ],
  [['restore', '--to', ''], ['folders']],
  [['init', ''], ['files']],
  [['init', 'a', ''], ['none']],
  [['demo', ''], ['folders']],
  [
    ['completion', 'f'],
    ['none', 'fish'],
  ],
  [['--bucket', ''], ['none']],
  [['ls', '--', '--dry'], ['none']],
];

describe('a shell that asks for candidates', () => {
  for (const [words, expected] of CASES) {
    it(`gets ${expected.join(', ')} for ${JSON.stringify(words)}`, async (t) => {
      assert.deepEqual(await offered(t, words), expected);
    });
  }

  it('gets every command, and says nothing about an unknown shell or no words', async (t) => {
    const [, ...commands] = await offered(t, ['']);
    assert.deepEqual(commands, [
      'run',
      'put',
      'restore',
      'cat',
      'status',
      'cleanup',
      'init',
      'demo',
      'ls',
      'verify',
      'runs',
      'diff',
      'report',
      'schedule',
      'plan',
      'finish',
      'completion',
      'help',
    ]);
    const unknown = await runCli(useWorkplace(t), ['completion', 'tcsh', '--', '']);
    assert.deepEqual([unknown.code, unknown.stderr], [0, '']);
  });

  it('gets the profiles of the files of the AWS tools', async (t) => {
    const workplace = useWorkplace(t);
    workplace.write('config', '[default]\n[profile "two words"]\n[sso-session s]\n[services t]\n');
    workplace.write('credentials', '[default]\n[work]\n');
    const env = {
      AWS_CONFIG_FILE: `${workplace.cwd}/config`,
      AWS_SHARED_CREDENTIALS_FILE: `${workplace.cwd}/credentials`,
    };
    const { stdout } = await runCli(workplace, ['completion', 'fish', '--', 'ls', '--profile', ''], { env });
    assert.deepEqual(valuesIn(stdout), ['none', 'default', 'two words', 'work']);
  });

  it('gets no value with control characters, which cannot be typed', async (t) => {
    const workplace = useWorkplace(t);
    workplace.write('config', '[a\u001b[2J]\n[b]\n');
    const env = { AWS_CONFIG_FILE: `${workplace.cwd}/config` };
    const { stdout } = await runCli(workplace, ['completion', 'fish', '--', 'ls', '--profile', ''], { env });
    assert.equal(stdout, 'none\nb\n');
  });

  it('gets the form of its own', async (t) => {
    const workplace = useWorkplace(t);
    const ask = async (...argv: string[]) => (await runCli(workplace, ['completion', ...argv])).stdout;
    const breaks = ' \t\n"\'@><=;|&(:';
    assert.equal(await ask('bash', '--', 's3-backup --verify=h', breaks), 'none\nhead\n');
    assert.equal(await ask('bash', '--', 's3-backup ls >', breaks), 'files\n');
    assert.equal(await ask('powershell', '--', '=--verify', '=h'), 'none\nhead\thead\thead\n');
    assert.match(await ask('fish', '--', 'stat'), /^none\nstatus\tShow .*\n$/);
  });
});

for (const transport of ['auto', 'sdk']) {
  describe(`a shell that asks for what is in the bucket, with the transport ${transport}`, () => {
    const useKeys = async (t: TestContext) => {
      const env = { backup_transfer__transport: transport };
      const backedUp = await useBackedUp(t, { 'a.txt': 'a' }, ['--manifest'], { env });
      const { workplace } = backedUp;
      const bare = { ...bareEnvironment(workplace.home), ...backedUp.env };
      const context = { env: bare, cwd: workplace.cwd, useProfile: () => undefined } as unknown as CliContext;
      const { signal } = new AbortController();
      for (const path of ['b/one', 'b/two', 'b[1]/x*', 'c\u0007', 'ä b/ü']) await backedUp.put(path, 'x');
      // Without the time limit, which a busy machine may exceed.
      const ask = async (...words: string[]) => {
        const { candidates } = await completionOf(words, { commands: COMMANDS, context, signal });
        return candidates.map(({ value }) => value);
      };
      return { ...backedUp, ask };
    };

    it('gets the files and folders below the prefix, as patterns', async (t) => {
      const { ask, server } = await useKeys(t);
      const before = server.requests.length;
      assert.deepEqual(await ask('ls', ''), ['b/', 'b\\[1\\]/', 'ä b/', 'a.txt', 'c\u0007']);
      assert.equal(server.requests.length, before + 1);
      assert.deepEqual(await ask('ls', 'b/t'), ['b/two']);
      assert.deepEqual(await ask('ls', '/b/t'), ['/b/two']);
      assert.deepEqual(await ask('restore', 'b/one', 'b\\[1\\]/'), ['b\\[1\\]/x\\*']);
      assert.deepEqual(await ask('cat', 'b\\[1\\]/'), ['b\\[1\\]/x\\*']);
      assert.deepEqual(await ask('cat', 'b/one', 'b/'), []);
      assert.deepEqual(await ask('ls', '*'), []);
      assert.deepEqual(await ask('ls', '.s3-backup/r'), ['.s3-backup/runs/']);
    });

    it('gets them from the bucket that the command line names', async (t) => {
      const { ask } = await useKeys(t);
      assert.deepEqual(await ask('ls', '--prefix', `${PREFIX}b`, ''), ['one', 'two']);
      assert.deepEqual(await ask('ls', `--prefix=${PREFIX}b`, 'o'), ['one']);
      await assert.rejects(ask('ls', '--bucket', 'not-there', ''), /NoSuchBucket/);
    });

    it('gets the stored runs', async (t) => {
      const { ask } = await useKeys(t);
      const [latest, run, ...others] = await ask('restore', '--run', '');
      assert.equal(latest, 'latest');
      assert.match(run ?? '', /^\d{8}T\d{6}Z-[0-9a-f]{8}$/);
      assert.deepEqual(others, []);
      assert.deepEqual(await ask('diff', ''), ['latest', run]);
      assert.deepEqual(await ask('diff', 'latest', '2'), [run]);
      assert.deepEqual(await ask('diff', 'a', 'b', ''), []);
    });

    it('gets nothing, and no error, from a bucket that does not answer', { timeout: 60_000 }, async (t) => {
      const { run, server } = await useKeys(t);
      server.faults.plan({ operation: 'ListObjectsV2', times: 1, do: { kind: 'stall' } });
      const { code, stdout, stderr, exits } = await run(['completion', 'bash', '--', 's3-backup ls a', '']);
      assert.deepEqual([code, stdout, stderr, exits], [0, 'none\n', '', [0]]);
    });
  });
}

it('every storage class that is offered is one of S3', () => {
  const known: readonly string[] = Object.values(StorageClass);
  assert.deepEqual(
    STORAGE_CLASSES.filter((name) => !known.includes(name)),
    [],
  );
});
