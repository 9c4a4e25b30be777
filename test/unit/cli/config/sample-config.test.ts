import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { describeSettings, sampleConfig, writeSampleConfig } from '../../../../src/cli/config/index.ts';
import { sandbox } from './sandbox.ts';

const EXAMPLE = resolve('.backuprc.example');

const OF_FILES = ['aws.access_key_id_file', 'aws.secret_access_key_file', 'aws.session_token_file'];

test('.backuprc.example is the sample that the program writes', () => {
  assert.equal(readFileSync(EXAMPLE, 'utf8'), sampleConfig());
});

test('the sample sets nothing', (t) => {
  const box = sandbox(t);
  const loaded = box.load({ configFile: EXAMPLE });
  assert.deepEqual(loaded.settings, box.load().settings);
  assert.ok(describeSettings(loaded).every(({ origin }) => origin === 'default'));
});

test("the sample has every option, and each is valid once its # is removed, except for the files of secrets and the customer's key", (t) => {
  const box = sandbox(t);
  const text = sampleConfig().replace(
    /^( *)#(?=(?!sse_customer_key|(?:access_key_id|secret_access_key|session_token)_file)\w+:)/gm,
    '$1',
  );
  box.write('cwd/c', text);
  const loaded = box.load({ configFile: 'c' });
  const notFromFile = describeSettings(loaded).filter(({ origin }) => origin !== 'c' && origin !== 'default');
  assert.deepEqual(notFromFile, []);
  const unset = describeSettings(loaded).filter(({ value }) => value === '(not set)');
  assert.deepEqual(
    unset.map(({ key }) => key),
    [...OF_FILES, 's3.prefix', 's3.sse_customer_key', 's3.sse_customer_key_file'],
  );
  const key = sampleConfig().match(/sse_customer_key: .*/)?.[0];
  box.write('cwd/c', `s3: {${key}}`);
  assert.equal(box.refused({ configFile: 'c' }).code, 'CONFIG_INVALID');
});

test('the defaults that the sample shows are the defaults', (t) => {
  const box = sandbox(t);
  const text = sampleConfig().replace(/(# Default: .*\n *)#(?=\w+:)/g, '$1');
  box.write('cwd/c', text);
  const loaded = box.load({ configFile: 'c' });
  assert.deepEqual(loaded.settings, box.load().settings);
  const shown = sampleConfig().match(/# Default: (?!"")/g)?.length;
  assert.equal(describeSettings(loaded).filter(({ origin }) => origin === 'c').length, shown);
});

test('the sample can be read by its owner only, and replaces no file', (t) => {
  const box = sandbox(t);
  const file = join(box.cwd, '.backuprc');
  writeSampleConfig(file, { force: false });
  assert.equal(readFileSync(file, 'utf8'), sampleConfig());
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
  const mine = box.write('cwd/mine', 'mine');
  const exists = { code: 'CONFIG_EXISTS', message: `${mine}: already exists; use --force to replace it` };
  assert.throws(() => writeSampleConfig(mine, { force: false }), exists);
  assert.equal(readFileSync(mine, 'utf8'), 'mine');
});

test('force replaces a file by one with mode 0600, and a link itself instead of its target', (t) => {
  const box = sandbox(t);
  const old = box.write('cwd/old', 'old', 0o644);
  const link = join(box.cwd, 'link');
  symlinkSync(old, link);
  assert.throws(() => writeSampleConfig(link, { force: false }), { code: 'CONFIG_EXISTS' });
  writeSampleConfig(link, { force: true });
  assert.ok(lstatSync(link).isFile());
  assert.equal(readFileSync(old, 'utf8'), 'old');
  writeSampleConfig(old, { force: true });
  assert.equal(readFileSync(old, 'utf8'), sampleConfig());
  if (process.platform !== 'win32') assert.equal(statSync(old).mode & 0o777, 0o600);
});

test('a sample that cannot be written is an error and leaves nothing behind', (t) => {
  const box = sandbox(t);
  for (const force of [false, true]) {
    const missing = join(box.cwd, 'no', 'folder');
    assert.throws(() => writeSampleConfig(missing, { force }), { code: 'CONFIG_UNWRITABLE' });
  }
  box.write('cwd/folder/file', '');
  assert.throws(() => writeSampleConfig(join(box.cwd, 'folder'), { force: true }), {
    code: 'CONFIG_UNWRITABLE',
  });
  assert.deepEqual(readdirSync(box.cwd), ['folder']);
});
