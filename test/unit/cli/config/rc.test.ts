import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NODE_FLAGS, sourceUrl } from '../../../support/sources.ts';
import { sandbox } from './sandbox.ts';

const PROGRAM = `
  import { loadConfig } from '${sourceUrl('cli/config/index.ts')}';
  try {
    const { settings, files } = loadConfig({
      cwd: process.cwd(), env: process.env, configFile: process.env.TEST_CONFIG,
    });
    process.stdout.write(JSON.stringify({ settings, files }));
  } catch (error) {
    process.stdout.write(JSON.stringify({ code: error.code, message: error.message }));
  }`;

/** Loads in a process of its own, because rc takes HOME, the current folder and the environment from its process. */
function loadAlone(cwd: string, env: NodeJS.ProcessEnv) {
  const args = [...NODE_FLAGS, '--input-type=module', '--eval', PROGRAM];
  return JSON.parse(execFileSync(process.execPath, args, { cwd, env, encoding: 'utf8' }));
}

test("rc's places, backup_config and --config of a real process, in rising precedence", (t) => {
  const box = sandbox(t);
  const { cwd, home } = box;
  box.write('home/.config/backup', '[s3]\nprefix = 1\n[aws]\nregion = a\n');
  box.write('home/.backuprc', '{"s3": {"prefix": "2"}, "aws": {"profile": "b"}}');
  box.write('cwd/.backuprc', 's3: {prefix: "3", storage_class: GLACIER}');
  box.write('cwd/v.yaml', 's3: {prefix: "4", bucket_name: b}');
  box.write('cwd/n.yaml', 's3: {prefix: "5"}');
  const env = {
    HOME: home,
    BACKUP_config: 'v.yaml',
    TEST_CONFIG: 'n.yaml',
    backup_configs: 'nonsense',
    BACKUP_DIR: '/x',
  };
  assert.deepEqual(loadAlone(cwd, env), {
    settings: {
      ...box.load().settings,
      aws: { region: 'a', profile: 'b' },
      s3: { bucket_name: 'b', prefix: '5', storage_class: 'GLACIER', checksum: 'auto' },
    },
    files: [`${home}/.config/backup`, `${home}/.backuprc`, `${cwd}/.backuprc`, 'v.yaml', 'n.yaml'],
  });
});

test("a real process without any file, and with variables that look like rc's results", (t) => {
  const box = sandbox(t);
  const { files } = loadAlone(box.cwd, { HOME: box.home, backup_configs: 'x', BACKUP_configs: '' });
  assert.deepEqual(files, []);
});

test('files that rc itself reads outside of the given surroundings do not count', (t) => {
  const box = sandbox(t);
  const other = sandbox(t);
  box.write('home/.backuprc', 's3: {prefix: theirs}');
  other.write('home/.backuprc', 's3: {bucket_name: ours}');
  const before = process.cwd();
  process.chdir(box.home);
  t.after(() => process.chdir(before));
  const { settings, files } = other.load();
  assert.deepEqual(settings.s3, { bucket_name: 'ours', prefix: '', checksum: 'auto' });
  assert.deepEqual(files, [`${other.home}/.backuprc`]);
});

test('a named file that does not exist is an error, from --config and from backup_config', (t) => {
  const box = sandbox(t);
  for (const input of [
    { configFile: 'no.yaml' },
    { env: { backup_config: 'no.yaml' } },
    { configFile: 'a/b/no.yaml' },
  ]) {
    const { code, message } = box.refused(input);
    assert.equal(code, 'CONFIG_NOT_FOUND');
    assert.match(message, /^(a\/b\/)?no\.yaml: no such file; /);
  }
});

test('an empty --config is an error, an empty backup_config is not set', (t) => {
  const box = sandbox(t);
  const { code, message } = box.refused({ configFile: '' });
  assert.equal(code, 'CONFIG_NOT_FOUND');
  assert.match(message, /^--config: the file name is empty/);
  assert.deepEqual(box.load({ env: { backup_config: '' } }).files, []);
});

test('a named folder, a device and a huge file are errors', { skip: process.platform === 'win32' }, (t) => {
  const box = sandbox(t);
  box.write('cwd/huge', Buffer.alloc(1024 ** 2 + 1, '#'));
  for (const [configFile, what] of [
    ['.', 'is a folder'],
    ['/dev/null', 'is not a regular file'],
    ['huge', 'is larger than 1 MiB'],
  ] as const) {
    const { code, message } = box.refused({ configFile });
    assert.equal(code, 'CONFIG_UNREADABLE');
    assert.ok(message.startsWith(`${configFile}: ${what}`), message);
  }
});

test('a FIFO, a device or an endless file as .backuprc or .env cannot hang the program', {
  skip: process.platform === 'win32',
}, (t) => {
  for (const name of ['.backuprc', '.env']) {
    const box = sandbox(t);
    execFileSync('mkfifo', [join(box.cwd, name)]);
    assert.equal(box.refused().code, 'CONFIG_UNREADABLE');
    const other = sandbox(t);
    symlinkSync('/dev/zero', join(other.cwd, name));
    assert.equal(other.refused().code, 'CONFIG_UNREADABLE');
  }
});

test('a folder in a usual place is not read as a configuration', (t) => {
  const box = sandbox(t);
  box.write('home/.config/backup/other', 'x');
  box.write('home/.backuprc/other', 'x');
  box.write('cwd/.backuprc/other', 'x');
  assert.deepEqual(box.load().files, []);
});
