import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sandbox } from './sandbox.ts';

test('each source of configuration wins over the one below it', (t) => {
  const box = sandbox(t);
  const { home, cwd } = box;
  const expect = (concurrency: number | undefined, kind: string, name: string, input = {}) => {
    const loaded = box.load(input);
    assert.equal(loaded.settings.transfer.concurrency, concurrency);
    assert.deepEqual(loaded.origin('transfer.concurrency'), { kind, name });
  };
  const concurrency = (value: number) => `transfer:\n  concurrency: ${value}\n`;

  expect(undefined, 'default', 'default');
  box.write('home/.config/backup/config', concurrency(1));
  expect(1, 'file', `${home}/.config/backup/config`);
  box.write('home/.backup/config', concurrency(2));
  expect(2, 'file', `${home}/.backup/config`);
  box.write('home/.backuprc', concurrency(3));
  expect(3, 'file', `${home}/.backuprc`);
  box.write('cwd/.backuprc', concurrency(4));
  expect(4, 'file', `${cwd}/.backuprc`);
  box.write('cwd/variable.yaml', concurrency(5));
  let env: NodeJS.ProcessEnv = { backup_config: 'variable.yaml' };
  expect(5, 'file', 'variable.yaml', { env });
  box.write('cwd/named.yaml', concurrency(6));
  expect(6, 'file', 'named.yaml', { env, configFile: 'named.yaml' });
  box.write('cwd/.env', 'backup_transfer__concurrency=7\n');
  expect(7, 'dotenv', 'backup_transfer__concurrency', { env, configFile: 'named.yaml' });
  env = { ...env, BACKUP_TRANSFER__CONCURRENCY: '8' };
  expect(8, 'environment', 'BACKUP_TRANSFER__CONCURRENCY', { env, configFile: 'named.yaml' });
  const flags = { 'transfer.concurrency': { value: 9, flag: '--concurrency' } };
  expect(9, 'flag', '--concurrency', { env, configFile: 'named.yaml', flags });
});

test('values of different sources come together, key by key', (t) => {
  const box = sandbox(t);
  box.write('home/.backuprc', 's3: {bucket_name: home, prefix: home/}\ntransfer: {concurrency: 3}');
  box.write('cwd/c.yaml', 's3: {bucket_name: named}');
  const { settings, origin, files } = box.load({ configFile: 'c.yaml' });
  assert.deepEqual(settings.s3, { bucket_name: 'named', prefix: 'home/', checksum: 'auto' });
  assert.equal(settings.transfer.concurrency, 3);
  assert.equal(origin('s3.bucket_name').name, 'c.yaml');
  assert.equal(origin('s3.prefix').name, `${box.home}/.backuprc`);
  assert.deepEqual(files, [`${box.home}/.backuprc`, 'c.yaml']);
});

test('a list or a map of a higher source replaces the lower one as a whole', (t) => {
  const box = sandbox(t);
  box.write('home/.backuprc', 'backup: {exclude_patterns: [a, b]}\ns3: {tags: {a: "1", b: "2"}}');
  box.write('cwd/c.yaml', 'backup: {exclude_patterns: []}\ns3: {tags: {c: "3"}}');
  const { settings } = box.load({ configFile: 'c.yaml' });
  assert.deepEqual(settings.backup.exclude_patterns, []);
  assert.deepEqual(settings.s3.tags, { c: '3' });
});

test('--config wins even if rc found the same file in a place of lower precedence', (t) => {
  const box = sandbox(t);
  const file = box.write('home/.backuprc', 's3: {bucket_name: home}');
  box.write('cwd/.backuprc', 's3: {bucket_name: here}');
  assert.equal(box.load().settings.s3.bucket_name, 'here');
  assert.equal(box.load({ configFile: file }).settings.s3.bucket_name, 'home');
});

test('empty and null values in a file leave the value of lower precedence', (t) => {
  const box = sandbox(t);
  box.write('home/.backuprc', 's3: {prefix: home/}\naws: {region: eu-west-1}');
  box.write('cwd/c.yaml', 's3: {prefix: ""}\naws: {region: null}\nbackup:\n');
  const { settings } = box.load({ configFile: 'c.yaml' });
  assert.equal(settings.s3.prefix, 'home/');
  assert.equal(settings.aws.region, 'eu-west-1');
});

test('an empty flag is an error, except for the prefix, where it means none', (t) => {
  const box = sandbox(t);
  box.write('cwd/c.yaml', 's3: {bucket_name: b, prefix: p/}');
  const prefix = { 's3.prefix': { value: '', flag: '--prefix' } };
  const { settings, origin } = box.load({ configFile: 'c.yaml', flags: prefix });
  assert.equal(settings.s3.prefix, '');
  assert.deepEqual(origin('s3.prefix'), { kind: 'flag', name: '--prefix' });
  const bucket = { 's3.bucket_name': { value: '', flag: '--bucket' } };
  const error = box.refused({ configFile: 'c.yaml', flags: bucket });
  assert.match(error.message, /^--bucket: s3\.bucket_name: "" is not allowed; use /);
});

test('a flag that was not given changes nothing', (t) => {
  const box = sandbox(t);
  const flags = { 's3.bucket_name': { value: undefined, flag: '--bucket' }, 'aws.region': undefined };
  assert.deepEqual(box.load({ flags }).origin('s3.bucket_name'), { kind: 'default', name: 'default' });
});

test('relative paths are relative to the current folder, ~/ is the home folder, and - stays', (t) => {
  const box = sandbox(t);
  const { cwd, home } = box;
  box.write(
    'cwd/sub/c.yaml',
    'backup: {source_directory: ./data}\nlogging: {log_file: ~/b.log}\nreport: {output_json: "-"}',
  );
  const { settings } = box.load({ configFile: 'sub/c.yaml' });
  assert.equal(settings.backup.source_directory, `${cwd}/data`);
  assert.equal(settings.logging.log_file, `${home}/b.log`);
  assert.equal(settings.report.output_json, '-');
});
