/** What people type who know other tools is answered with what it is here, and nothing is touched. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCli, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { useS3Server } from '../../support/s3-server.ts';

const COPY = 's3-backup --source ./data --bucket b --prefix p';
const COMMANDS: readonly (readonly [string, string])[] = [
  ['cp ./data s3://b/p', COPY],
  ['sync ./data s3://b/p', COPY],
  ['put ./data s3://b/p', COPY],
  ['copy ./data s3://b/p', COPY],
  ['store ./data s3://b/p', COPY],
  ['backup ./data s3://b/p', COPY],
  ['./data s3://b/p', COPY],
  ['run ./data s3://b/p', COPY],
  ['mv ./data s3://b/p', `${COPY} --delete-after-upload`],
  ['move ./data s3://b/p', `${COPY} --delete-after-upload`],
  ['mv', 's3-backup --delete-after-upload'],
  ['backup', 's3-backup'],
  ['upload ./data', 's3-backup --source ./data'],
  ['cp ./data s3://b', 's3-backup --source ./data --bucket b'],
  ['cp ./data s3://b/', 's3-backup --source ./data --bucket b'],
  ['cp ./data s3://b/p/q/ -n', 's3-backup --source ./data --bucket b --prefix p/q/ -n'],
  ['cp --dryrun ./data s3://b/p', `${COPY} --dry-run`],
  ['mv ./data s3://b/p --exclude *.tmp', `${COPY} --delete-after-upload --exclude '*.tmp'`],
  ['cp ./data s3://b/p --exclude=*.tmp', `${COPY} --exclude '*.tmp'`],
  ['sync ./data s3://b/p --delete --acl', `${COPY} (without --delete --acl)`],
  ['./data s3://b/p --move', `${COPY} --delete-after-upload`],
  ['cp s3://b/p ./back', 's3-backup restore --bucket b --prefix p --to ./back'],
  ['sync s3://b/p ./back', 's3-backup restore --bucket b --prefix p --to ./back'],
  ['get s3://b/p', 's3-backup restore --bucket b --prefix p --to DIR'],
  ['restore s3://b/p ./back', 's3-backup restore --bucket b --prefix p --to ./back'],
  ['restore s3://b/p', 's3-backup restore --bucket b --prefix p --to DIR'],
  ['ls s3://b/p', 's3-backup ls --bucket b --prefix p'],
  ['list s3://b', 's3-backup ls --bucket b'],
  ['check ./data s3://b/p', 's3-backup verify --source ./data --bucket b --prefix p'],
  ['verify ./data s3://b/p', 's3-backup verify --source ./data --bucket b --prefix p'],
  ['verify s3://b/p ./data', 's3-backup verify --source ./data --bucket b --prefix p'],
  ['diff s3://b/p ./data', 's3-backup verify --source ./data --bucket b --prefix p'],
  [
    'mv s3://b/p ./back',
    's3-backup restore --bucket b --prefix p --to ./back (nothing in the bucket is ever deleted)',
  ],
  [
    'sync ./data s3://b/p --exclude * --include *.txt --foo',
    `${COPY} --exclude '*' --include '*.txt' (without --foo; here a file must match an --include, if there is one, and no --exclude, in any order)`,
  ],
  ['cleanup s3://b/p', 's3-backup cleanup --bucket b --prefix p'],
  ['runs s3://b', 's3-backup runs --bucket b'],
  ['version', 's3-backup --version'],
  ['config', 's3-backup status'],
];

const OPTIONS: readonly (readonly [string, RegExp])[] = [
  [
    '--cache-control max-age=1',
    /; it is the setting s3\.cache_control: .* backup_s3__cache_control in the environment$/,
  ],
  ['--cache-control=max-age=1', /; it is the setting s3\.cache_control: /],
  ['--sse AES256', /; it is the setting s3\.server_side_encryption: /],
  ['--no-require-proof', /; it is the setting safety\.require_proof: /],
  ['--part-size 16M', /; it is the setting transfer\.part_size: /],
  ['--s3-acl private', /; it is the setting s3\.acl: /],
  ['--move', /; the equivalent is --delete-after-upload$/],
  ['--remove-source-files', /; the equivalent is --delete-after-upload$/],
  ['--transfers 8', /; the equivalent is --concurrency$/],
  [
    '--delete',
    /; nothing in the bucket is ever deleted; to delete local files .* use --delete-after-upload$/,
  ],
  ['--recursive', /; a folder is always backed up with everything below it; omit this option$/],
  ['--maximum-age 7d', /^s3-backup: (?!.*--min-age)/],
  ['--max-age 7d', /^s3-backup: (?!.*--min-age)/],
  ['--max-agee 7d', /^s3-backup: (?!.*--min-age)/],
  ['--incude x', /did you mean "--include"\?$/],
  ['--no-verfy', /^s3-backup: (?!.*"--verify")/],
  ['--no-overwrit', /^s3-backup: unknown option "--no-overwrit"$/],
  ['--constructor', /^s3-backup: unknown option "--constructor"$/],
];

describe('the equivalent of', () => {
  for (const [typed, command] of COMMANDS) {
    it(typed, async (t) => {
      const workplace = useWorkplace(t);
      const { code, stdout, stderr } = await runCli(workplace, typed.split(' '));
      assert.deepEqual([code, stdout], [1, '']);
      const [said = ''] = stderr.split('\n');
      assert.ok(said.endsWith(`; the equivalent is: ${command}`), said);
      assert.deepEqual(workplace.names(), ['source']);
    });
  }

  for (const typed of ['rm s3://b/p', 'rb s3://b', 'delete s3://b/p'])
    it(`${typed} does not exist`, async (t) => {
      const { code, stderr } = await runCli(useWorkplace(t), typed.split(' '));
      assert.equal(code, 1);
      assert.match(stderr, /^s3-backup: unknown command ".*"; nothing in the bucket is ever deleted/);
    });

  for (const [typed, expected] of OPTIONS) {
    it(`option ${typed}`, async (t) => {
      const { code, stderr } = await runCli(useWorkplace(t), typed.split(' '));
      assert.equal(code, 1);
      assert.match(stderr.split('\n')[0] ?? '', expected);
    });
  }

  it('an option that only other commands have is refused, and these commands are named', async (t) => {
    const said = {
      'restore --max-delete 5': /unknown option "--max-delete"; it is an option of s3-backup$/,
      'verify --fail-if-empty': /; it is an option of s3-backup$/,
      'ls --no-fail-if-empty': /; it is an option of s3-backup$/,
      'ls --exclude x':
        /; it is an option of s3-backup, s3-backup restore, s3-backup verify, s3-backup plan, s3-backup finish$/,
    };
    for (const [typed, expected] of Object.entries(said)) {
      const { code, stderr } = await runCli(useWorkplace(t), typed.split(' '));
      assert.equal(code, 1);
      assert.match(stderr.split('\n')[0] ?? '', expected);
    }
  });

  it('nothing is suggested if the meaning is unclear', async (t) => {
    for (const typed of [
      'init s3://b/p',
      'cp s3://a s3://b',
      'cp a b c s3://b',
      'frob s3:/b',
      'toString',
      '__proto__',
    ]) {
      const { code, stderr } = await runCli(useWorkplace(t), typed.split(' '));
      assert.equal(code, 1);
      assert.doesNotMatch(stderr, /equivalent/, typed);
    }
  });
});

it('-n means --dry-run in run, restore and cleanup', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const env = serverEnvironment(server);
  const run = await runCli(workplace, ['-n', '--source', 'source', '--delete-after-upload'], { env });
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout + run.stderr, /Dry run/);
  assert.deepEqual(workplace.tree(), { 'a.txt': 'a' });
  assert.equal(server.requests.of('PutObject').length, 0);
  await runCli(workplace, ['--source', 'source'], { env });
  const restore = await runCli(workplace, ['restore', '-n', '--to', 'back'], { env });
  assert.equal(restore.code, 0, restore.stderr);
  assert.deepEqual(workplace.names(), ['source']);
  assert.equal((await runCli(workplace, ['cleanup', '-n'], { env })).code, 0);
});
