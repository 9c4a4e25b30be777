import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sandbox } from './sandbox.ts';

const FILE = 'aws: {access_key_id: FILE, secret_access_key: s1, session_token: t1}';

test('a key pair of the environment is never mixed with the session token of a file', (t) => {
  const box = sandbox(t);
  box.write('cwd/c', FILE);
  const env = { AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 's2' };
  const { settings, origin } = box.load({ configFile: 'c', env });
  assert.deepEqual(settings.aws, { access_key_id: 'ENV', secret_access_key: 's2' });
  assert.equal(origin('aws.session_token').kind, 'default');
  assert.deepEqual(origin('aws.access_key_id'), { kind: 'environment', name: 'AWS_ACCESS_KEY_ID' });
});

test('a key pair of backup_ variables is never mixed with AWS_SESSION_TOKEN', (t) => {
  const env = { AWS_SESSION_TOKEN: 't', backup_aws__access_key_id: 'A', backup_aws__secret_access_key: 's' };
  assert.deepEqual(sandbox(t).load({ env }).settings.aws, { access_key_id: 'A', secret_access_key: 's' });
});

test('the key, secret and token of one source are used, and a pair of lower precedence is ignored', (t) => {
  const box = sandbox(t);
  box.write('home/.backuprc', 'aws: {access_key_id: HOME, secret_access_key: s0}');
  box.write('cwd/c', FILE);
  const { settings } = box.load({ configFile: 'c' });
  assert.deepEqual(settings.aws, { access_key_id: 'FILE', secret_access_key: 's1', session_token: 't1' });
});

test('half a pair is an error that names both places', (t) => {
  const box = sandbox(t);
  box.write('cwd/c', FILE);
  assert.deepEqual(box.refused({ configFile: 'c', env: { AWS_ACCESS_KEY_ID: 'ENV' } }).problems, [
    'environment AWS_ACCESS_KEY_ID: aws.access_key_id: is set alone, and c has aws.secret_access_key; ' +
      'set the key, its secret and its token in one place',
  ]);
  const token = box.refused({ configFile: 'c', env: { AWS_SESSION_TOKEN: 't' } });
  assert.equal(token.problems.length, 2);
  assert.match(
    token.message,
    /environment AWS_SESSION_TOKEN: aws\.session_token: is set alone, and c has aws\.access_key_id/,
  );
  const mixed = { AWS_ACCESS_KEY_ID: 'A', backup_aws__secret_access_key: 's' };
  assert.match(
    box.refused({ env: mixed }).message,
    /^environment backup_aws__secret_access_key: .* and environment AWS_ACCESS_KEY_ID has aws\.access_key_id/,
  );
});

test('half a pair without the other half anywhere is an error', (t) => {
  const { message } = sandbox(t).refused({ env: { AWS_SECRET_ACCESS_KEY: 's' } });
  assert.match(message, /^environment AWS_SECRET_ACCESS_KEY: .*and aws\.access_key_id is not set/);
});

test('a file with a secret that others may read is a warning', {
  skip: process.platform === 'win32',
}, (t) => {
  const box = sandbox(t);
  box.write('cwd/c', FILE, 0o640);
  box.write('cwd/.env', 'AWS_ACCESS_KEY_ID=A\nAWS_SECRET_ACCESS_KEY=s\n', 0o604);
  assert.deepEqual(box.load({ configFile: 'c' }).warnings, [
    'c: holds a secret and can be read by others (mode 0640); run: chmod 600 c',
    '.env: holds a secret and can be read by others (mode 0604); run: chmod 600 .env',
  ]);
  const other = sandbox(t);
  other.write('cwd/c', FILE, 0o600);
  other.write('home/.backuprc', 'aws: {region: r, secret_access_key: ""}', 0o644);
  assert.deepEqual(other.load({ configFile: 'c' }).warnings, []);
});
