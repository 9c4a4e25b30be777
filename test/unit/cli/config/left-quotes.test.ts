/** Quotes and comments that `docker --env-file`, which removes neither, leaves in a value. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { useS3Server } from '../../../support/s3-server.ts';
import { sandbox } from './sandbox.ts';

const NAMES: readonly (readonly [string, string])[] = [
  ['AWS_ACCESS_KEY_ID', 'AKIAX'],
  ['AWS_SECRET_ACCESS_KEY', 'hidden-secret'],
  ['AWS_REGION', 'eu-west-1'],
  ['S3_BUCKET_NAME', 'hidden-bucket'],
  ['backup_s3__prefix', 'hidden/'],
  ['backup_s3__tags', 'a=1,b=2'],
  ['backup_backup__source_directory', '/srv/data'],
  ['backup_backup__exclude_patterns', '*.tmp'],
  ['backup_backup__exclude_patterns', '*.tmp,*.bak'],
  ['backup_backup__file_extensions', 'pdf'],
  ['backup_backup__delete_after_upload', 'true'],
  ['backup_transfer__memory', '1GiB'],
];

for (const [name, value] of NAMES) {
  test(`${name}=${value} in quotes is refused, and not shown if it may be a secret`, (t) => {
    const box = sandbox(t);
    for (const quoted of [`"${value}"`, `'${value}'`, `\`${value}\``, `"${value}" # comment`]) {
      const { code, message } = box.refused({ env: { [name]: quoted } });
      assert.equal(code, 'CONFIG_INVALID');
      assert.match(message, new RegExp(`^environment ${name}: .*without the quotes`), quoted);
      assert.doesNotMatch(message, /hidden/);
    }
  });
}

test('quotes around one item of a list, or one value of a map, are refused, wherever it is written', (t) => {
  const box = sandbox(t);
  const { message } = box.refused({ env: { backup_backup__exclude_patterns: '*.tmp, "*.bak"' } });
  assert.match(message, /without the quotes/);
  assert.match(box.refused({ env: { backup_s3__tags: 'a="1",b=2' } }).message, /without the quotes/);
  for (const text of [
    '[backup]\nexclude_patterns = *.tmp, "*.bak"',
    '[s3]\ntags = a=1,b="2"',
    `backup:\n  exclude_patterns:\n    - "'*.tmp'"`,
    `{"backup": {"exclude_patterns": ["\\"*.tmp\\""]}}`,
  ]) {
    box.write('cwd/c', text);
    assert.match(box.refused({ configFile: 'c' }).message, /without the quotes/, text);
  }
});

test('quotes in the middle of a value, and a single quote, stay', (t) => {
  const box = sandbox(t);
  for (const prefix of [`a"b"`, `it's`, `5" disks/`, `"x`, `"a"b`, `'90s/`]) {
    assert.equal(box.load({ env: { backup_s3__prefix: prefix } }).settings.s3.prefix, prefix);
  }
  const patterns = { backup_backup__exclude_patterns: '["a \\"b\\" c", "\\\\"]' };
  assert.deepEqual(box.load({ env: patterns }).settings.backup.exclude_patterns, ['a "b" c', '\\']);
});

test('a carriage return at the end is refused: docker --env-file keeps it if the file has CRLF line ends', (t) => {
  const box = sandbox(t);
  for (const name of ['S3_BUCKET_NAME', 'backup_backup__source_directory', 'AWS_SECRET_ACCESS_KEY']) {
    const { message } = box.refused({ env: { [name]: 'hidden\r' } });
    assert.match(message, new RegExp(`^environment ${name}: .*carriage return`));
    assert.doesNotMatch(message, /hidden/);
  }
});

test('a move with a pattern in quotes deletes nothing', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a', '#recycle/b.txt': 'b' });
  const env = { ...serverEnvironment(server), backup_backup__delete_after_upload: 'true' };
  for (const [argv, more] of [
    [['--exclude', '"#recycle"'], {}],
    [[], { backup_backup__exclude_patterns: "'#recycle'" }],
    [['--prefix', '"x"'], {}],
  ] as const) {
    const { code, stderr } = await runCli(workplace, ['--source', 'source', ...argv], {
      env: { ...env, ...more },
    });
    assert.equal(code, 1);
    assert.match(stderr, /without the quotes/);
  }
  assert.deepEqual([...server.requests], []);
  assert.deepEqual(workplace.tree(), { '#recycle/b.txt': 'b', 'a.txt': 'a' });
});

test('a move leaves the files that a quoted "#recycle" excludes, from .env, YAML and INI', async (t) => {
  const server = await useS3Server(t);
  for (const [file, text] of [
    ['.env', "backup_backup__exclude_patterns='#recycle'"],
    ['.backuprc', 'backup:\n  exclude_patterns: "#recycle"\n'],
    ['.backuprc', '[backup]\nexclude_patterns = "#recycle"\n'],
  ] as const) {
    const workplace = useWorkplace(t, { '#recycle/b.txt': 'b' });
    workplace.write(file, text);
    const argv = ['--source', 'source', '--delete-after-upload'];
    const { code, stderr } = await runCli(workplace, argv, { env: serverEnvironment(server) });
    assert.equal(code, 0, stderr);
    assert.deepEqual(workplace.tree(), { '#recycle/b.txt': 'b' });
  }
});
