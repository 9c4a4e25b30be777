import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CONFIG_LIMIT } from '../../../../src/cli/config/config-limit.ts';
import { foundFileProblems } from '../../../../src/cli/config/trust.ts';
import { readRegularFile, UnfitFile } from '../../../../src/files/regular-file.ts';
import { sandbox } from './sandbox.ts';

const POSIX_ONLY = process.platform === 'win32' && 'Windows has no such files or modes';
const MIB = 1024 ** 2;
/** dotenv's default parser takes minutes for these, and its time grows with their square. */
const BLANK_LINES = `${'\n'.repeat(300_000)}x\n`;

test('a .env that another user may have put there is not parsed', { skip: POSIX_ONLY }, (t) => {
  const box = sandbox(t);
  chmodSync(box.cwd, 0o777);
  for (const text of [
    BLANK_LINES,
    'PORT=1\n# AWS_REGION=x',
    'xAWS_REGION=y',
    'AWS_REGION',
    `${'_'.repeat(MIB - 9)}=`,
  ]) {
    box.write('cwd/.env', text);
    assert.deepEqual(box.load().files, [], text.slice(-20));
  }
  for (const line of [
    'AWS_REGION=x',
    ' export AWS_REGION = x',
    'S3_BUCKET_NAME: x',
    'backup_s3__prefix=x',
    'BACKUP_nonsense__x=y',
  ]) {
    box.write('cwd/.env', `${BLANK_LINES}${line}\n`);
    assert.equal(box.refused().code, 'CONFIG_UNTRUSTED', line);
  }
});

test('a .env of blank lines is read in linear time', (t) => {
  const box = sandbox(t);
  box.write('cwd/.env', `${BLANK_LINES.replace('x', '# x')}AWS_REGION=eu-west-1\n`);
  assert.equal(box.load().settings.aws.region, 'eu-west-1');
});

test('every file that is read has a size limit', { skip: POSIX_ONLY }, (t) => {
  const box = sandbox(t);
  const large = Buffer.alloc(MIB + 1, '\n');
  const tooLarge = (name: string) => [`${name}: is larger than 1 MiB; this is not a configuration`];
  const rc = box.write('cwd/.backuprc', large);
  assert.deepEqual(box.refused().problems, tooLarge(rc));
  box.write('cwd/.backuprc', '');
  box.write('cwd/.env', large);
  assert.deepEqual(box.refused().problems, tooLarge('.env'));
  box.write('cwd/.env', '');
  const key = box.write('cwd/key', large);
  assert.deepEqual(box.refused({ env: { backup_s3__sse_customer_key_file: 'key' } }).problems, tooLarge(key));
  box.write('cwd/c', Buffer.alloc(MIB, '\n'));
  assert.ok(box.load({ configFile: 'c' }).files.includes('c'));
});

const ENDLESS = '/proc/kallsyms';
const NO_ENDLESS = !existsSync(ENDLESS) && 'there is no file that says it is empty and is not';

test('a file that reports a size of 0 has the same limit', { skip: NO_ENDLESS }, (t) => {
  assert.equal(statSync(ENDLESS).size, 0);
  assert.deepEqual(sandbox(t).refused({ configFile: ENDLESS }).problems, [
    `${ENDLESS}: is larger than 1 MiB; this is not a configuration`,
  ]);
});

test('a pipe or another file that has taken the name is recognised by its descriptor, and not waited for', {
  skip: POSIX_ONLY,
}, (t) => {
  const box = sandbox(t);
  const pipe = join(box.cwd, 'pipe');
  execFileSync('mkfifo', [pipe]);
  assert.throws(() => readRegularFile(pipe, CONFIG_LIMIT), UnfitFile);
  assert.throws(() => readRegularFile(box.cwd, CONFIG_LIMIT), UnfitFile);
});

test('a file is judged as it was when it was opened', { skip: POSIX_ONLY }, (t) => {
  const box = sandbox(t);
  const file = box.write('cwd/.backuprc', 'aws: {region: theirs}');
  const { stats } = readRegularFile(file, CONFIG_LIMIT);
  const judged = () => foundFileProblems({ file, name: '.backuprc', stats }, box.cwd, 'move it');
  assert.deepEqual(judged(), []);
  execFileSync('mv', [box.write('cwd/other', 'aws: {region: ours}'), file]);
  assert.deepEqual(judged(), [
    '.backuprc: not used because another file has taken its name since it was opened; move it',
  ]);
});
