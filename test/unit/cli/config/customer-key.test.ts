import assert from 'node:assert/strict';
import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeSettings, type LoadedConfig } from '../../../../src/cli/config/index.ts';
import { ownFiles } from '../../../../src/cli/session/own-files.ts';
import { NEEDS_ROOT, sandbox } from './sandbox.ts';

const BYTES = Buffer.from('32 bytes of which none is a text'.replaceAll('e', '\xff'), 'latin1');
const KEY = BYTES.toString('base64');
const NAMES_A_FILE = 's3: {sse_customer_key_file: key}';

const FORMS: Readonly<Record<string, string | Buffer>> = {
  'as they are': BYTES,
  'as base64': KEY,
  'as base64 with a line end': `${KEY}\n`,
  'as hex': BYTES.toString('hex'),
  'as hex in capitals, with a line end of Windows': `${BYTES.toString('hex').toUpperCase()}\r\n`,
};

for (const [form, content] of Object.entries(FORMS)) {
  test(`a file may hold the customer's key ${form}`, (t) => {
    const box = sandbox(t);
    const file = box.write('cwd/key', content);
    box.write('cwd/c', NAMES_A_FILE);
    const loaded = box.load({ configFile: 'c' });
    assert.equal(loaded.settings.s3.sse_customer_key, KEY);
    assert.deepEqual(loaded.origin('s3.sse_customer_key'), { kind: 'file', name: file });
    assert.deepEqual(loaded.warnings, []);
  });
}

test('the key may be set as text, in base64 or hex', (t) => {
  const box = sandbox(t);
  for (const text of [KEY, BYTES.toString('hex')]) {
    const { settings } = box.load({ env: { S3_BACKUP_SSE_CUSTOMER_KEY: text } });
    assert.equal(settings.s3.sse_customer_key, KEY);
  }
});

test('the key is never shown, neither by status nor in a message', (t) => {
  const box = sandbox(t);
  box.write('cwd/key', KEY, 0o644);
  box.write('cwd/c', NAMES_A_FILE);
  const loaded = box.load({ configFile: 'c' });
  const shown = describeSettings(loaded).find(({ key }) => key === 's3.sse_customer_key');
  assert.equal(shown?.value, '****');
  const wrong = `${KEY.slice(0, -2)}==`;
  const said = [
    JSON.stringify([describeSettings(loaded), loaded.warnings, loaded.files]),
    box.refused({ configFile: 'c', env: { S3_BACKUP_SSE_CUSTOMER_KEY: KEY } }).stack,
    box.refused({ env: { S3_BACKUP_SSE_CUSTOMER_KEY: wrong } }).stack,
    box.refused({ env: { backup_s3__sse_customer_key_file: KEY } }).stack,
  ];
  for (const text of said) assert.ok(!text?.includes(KEY.slice(0, 20)), text);
});

test('a key in the place of the path of its file is reported as a key', (t) => {
  const { code, problems } = sandbox(t).refused({ env: { backup_s3__sse_customer_key_file: KEY } });
  assert.equal(code, 'CONFIG_INVALID');
  assert.deepEqual(problems, [
    'environment backup_s3__sse_customer_key_file: s3.sse_customer_key_file: is a key, not the path of a file that holds one',
  ]);
});

test('a key that is set twice is refused', (t) => {
  const box = sandbox(t);
  box.write('cwd/key', KEY);
  box.write('cwd/c', NAMES_A_FILE);
  const { problems } = box.refused({ configFile: 'c', env: { S3_BACKUP_SSE_CUSTOMER_KEY: KEY } });
  assert.deepEqual(problems, [
    'c: s3.sse_customer_key_file: environment S3_BACKUP_SSE_CUSTOMER_KEY sets s3.sse_customer_key; keep one of them',
  ]);
});

test('a path that is missing, is not a file or holds no key is refused', (t) => {
  const box = sandbox(t);
  box.write('cwd/c', NAMES_A_FILE);
  const file = join(box.cwd, 'key');
  const missing = box.refused({ configFile: 'c' });
  assert.deepEqual(
    [missing.code, missing.message],
    ['CONFIG_NOT_FOUND', `${file}: no such file; check s3.sse_customer_key_file`],
  );
  box.write('cwd/key', 'not a key');
  assert.deepEqual(box.refused({ configFile: 'c' }).problems, [
    `c: s3.sse_customer_key_file: ${file} does not hold 32 bytes, nor their base64 or hex`,
  ]);
  const folder = box.refused({ env: { backup_s3__sse_customer_key_file: box.cwd } });
  assert.equal(folder.code, 'CONFIG_UNREADABLE');
});

test('a key file that others may read causes a warning', { skip: process.platform === 'win32' }, (t) => {
  const box = sandbox(t);
  const file = box.write('cwd/key', KEY, 0o644);
  box.write('cwd/c', NAMES_A_FILE);
  assert.deepEqual(box.load({ configFile: 'c' }).warnings, [
    `${file}: holds a secret and can be read by others (mode 0644); run: chmod 600 ${file}`,
  ]);
});

test('with deletion on, a key file that another user could replace is refused', { skip: NEEDS_ROOT }, (t) => {
  const box = sandbox(t);
  const file = box.write('cwd/key', KEY, 0o620);
  box.write('cwd/c', `${NAMES_A_FILE}\nbackup: {delete_after_upload: true}`);
  assert.equal(box.refused({ configFile: 'c' }).code, 'CONFIG_UNTRUSTED');
  chmodSync(file, 0o600);
  assert.equal(box.load({ configFile: 'c' }).settings.s3.sse_customer_key, KEY);
  chownSync(file, 12_345, 12_345);
  assert.equal(box.refused({ configFile: 'c' }).code, 'CONFIG_UNTRUSTED');
});

test('a key file that lies in the source is neither stored nor deleted', (t) => {
  const box = sandbox(t);
  box.write('cwd/data/key', KEY);
  box.write('cwd/c', 's3: {sse_customer_key_file: data/key}\nbackup: {source_directory: data}');
  const loaded: LoadedConfig = box.load({ configFile: 'c' });
  assert.deepEqual(ownFiles(loaded, box.cwd), ['/key']);
});
