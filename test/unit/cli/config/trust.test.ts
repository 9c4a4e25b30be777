import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../../../../src/cli/config/index.ts';
import { runCli, useWorkplace } from '../../../support/cli-context.ts';
import { NEEDS_ROOT, sandbox } from './sandbox.ts';

const WINDOWS = process.platform === 'win32' && 'Windows has no such modes';
const NOBODY = 65_534;
const SOMEBODY = 12_345;
const DELETE = 'backup: {delete_after_upload: true}';
const KEEP = 'backup: {delete_after_upload: false}';

/** Deletion from the flag: the file itself need not say it. */
const WITH_DELETION = {
  configFile: 'c',
  flags: { 'backup.delete_after_upload': { value: true, flag: '--delete-after-upload' } },
};

/** Root's group, or one whose number is the user's, has by convention no other member. */
const OWN_GROUP =
  process.getegid?.() === process.geteuid?.()
    ? WINDOWS
    : "this user's group has another number than the user";

for (const mode of [0o666, 0o602, 0o606]) {
  for (const [how, input] of [
    ['a copy', { configFile: 'c' }],
    ['a move', WITH_DELETION],
  ] as const) {
    test(`a file of mode ${mode.toString(8)} is refused for ${how}`, { skip: WINDOWS }, (t) => {
      const box = sandbox(t);
      chmodSync(box.write('cwd/c', KEEP), mode);
      const { code, problems } = box.refused(input);
      assert.equal(code, 'CONFIG_UNTRUSTED');
      assert.deepEqual(problems, [
        `c: not used because others may write to it (mode 0${mode.toString(8)}); ` +
          'use chown or chmod go-w, name another file, or use --trust-config (not with deletion on)',
      ]);
    });
  }
}

test("a file that the user's own group may write to is refused with deletion only", {
  skip: OWN_GROUP,
}, (t) => {
  const box = sandbox(t);
  chmodSync(box.write('cwd/c', KEEP), 0o620);
  const { code, problems } = box.refused(WITH_DELETION);
  assert.equal(code, 'CONFIG_UNTRUSTED');
  assert.deepEqual(problems, [
    'c: not trusted with deletion because others may write to it (mode 0620); ' +
      'use chown or chmod go-w, or turn backup.delete_after_upload off',
  ]);
  assert.equal(box.load({ configFile: 'c' }).settings.backup.delete_after_upload, false);
});

test('a file that another group may write to is refused for a copy', { skip: NEEDS_ROOT }, (t) => {
  const box = sandbox(t);
  const file = box.write('cwd/c', KEEP);
  chownSync(file, 0, SOMEBODY);
  chmodSync(file, 0o640);
  assert.deepEqual(box.load({ configFile: 'c' }).files, ['c']);
  chmodSync(file, 0o660);
  assert.match(box.refused({ configFile: 'c' }).message, /^c: not used because others may write to it/);
  chmodSync(file, 0o600);
  chownSync(box.cwd, 0, SOMEBODY);
  chmodSync(box.cwd, 0o775);
  assert.match(box.refused({ configFile: 'c' }).message, /others may write to its folder .*cwd \(mode 0775/);
});

test('a file in a folder of mode 777 is refused for a copy and a move, in a sticky one it is not', {
  skip: WINDOWS,
}, (t) => {
  const box = sandbox(t);
  box.write('cwd/c', DELETE);
  box.write('cwd/d', KEEP);
  chmodSync(box.cwd, 0o777);
  for (const configFile of ['c', 'd']) {
    const { code, message } = box.refused({ configFile });
    assert.equal(code, 'CONFIG_UNTRUSTED');
    assert.match(message, /^[cd]: .* others may write to its folder .*cwd \(mode 0777/);
  }
  chmodSync(box.cwd, 0o1777);
  assert.equal(box.load({ configFile: 'c' }).settings.backup.delete_after_upload, true);
});

test("with deletion on, a file in a folder of the user's group is refused", { skip: OWN_GROUP }, (t) => {
  const box = sandbox(t);
  box.write('cwd/c', DELETE);
  chmodSync(box.cwd, 0o775);
  const { code, message } = box.refused({ configFile: 'c' });
  assert.equal(code, 'CONFIG_UNTRUSTED');
  assert.match(message, /^c: .* others may write to its folder .*cwd \(mode 0775/);
  chmodSync(box.cwd, 0o1775);
  assert.equal(box.load({ configFile: 'c' }).settings.backup.delete_after_upload, true);
});

test('so is a file below a folder whose entries others may rename', { skip: WINDOWS }, (t) => {
  const box = sandbox(t);
  box.write('cwd/a/b/c', KEEP);
  chmodSync(box.cwd, 0o777);
  const { code, message } = box.refused({ configFile: 'a/b/c' });
  assert.equal(code, 'CONFIG_UNTRUSTED');
  assert.match(message, /^a\/b\/c: .* others may write to its folder .*cwd \(mode 0777/);
  symlinkSync(join(box.cwd, 'a'), join(box.home, 'link'));
  assert.match(
    box.refused({ configFile: join(box.home, 'link/b/c') }).message,
    /others may write to its folder .*cwd \(mode 0777/,
  );
});

for (const place of ['home/.backuprc', 'home/.config/backup', 'cwd/.backuprc', 'cwd/.env']) {
  test(`${place} that everybody may write to is refused for a copy`, { skip: WINDOWS }, (t) => {
    const box = sandbox(t);
    const text = place.endsWith('.env') ? 'S3_BUCKET_NAME=theirs' : 's3: {bucket_name: theirs}';
    chmodSync(box.write(place, text), 0o666);
    const { code, message } = box.refused();
    assert.equal(code, 'CONFIG_UNTRUSTED');
    assert.match(message, /: not used because others may write to it \(mode 0666\)/);
  });
}

test("a customer's key that others may replace is refused for a copy", { skip: WINDOWS }, (t) => {
  const box = sandbox(t);
  const key = box.write('cwd/key', Buffer.alloc(32, 'k'), 0o666);
  box.write('cwd/c', `s3: {sse_customer_key_file: ${key}}`);
  const { code, message } = box.refused({ configFile: 'c' });
  assert.equal(code, 'CONFIG_UNTRUSTED');
  assert.match(message, /cwd\/key: not used because others may write to it/);
});

test('with deletion on, rc files and .env are checked as well', { skip: OWN_GROUP }, (t) => {
  const box = sandbox(t);
  chmodSync(box.write('home/.backuprc', KEEP), 0o660);
  chmodSync(box.write('cwd/.env', 'S3_BUCKET_NAME=theirs'), 0o660);
  box.write('cwd/c', DELETE);
  const { problems } = box.refused({ configFile: 'c' });
  assert.deepEqual(
    problems.map((line) => line.split(':')[0]),
    [`${box.home}/.backuprc`, '.env'],
  );
});

test("another user's file or folder is refused", { skip: NEEDS_ROOT }, (t) => {
  const box = sandbox(t);
  const file = box.write('cwd/c', DELETE);
  chownSync(file, SOMEBODY, 0);
  assert.match(
    box.refused({ configFile: 'c' }).message,
    /it belongs to user 12345, who is neither you nor root/,
  );
  chownSync(file, 0, 0);
  chownSync(box.cwd, SOMEBODY, 0);
  assert.match(box.refused({ configFile: 'c' }).message, /its folder .*cwd belongs to user 12345/);
});

test('with deletion on, both ends of a symbolic link are checked', { skip: WINDOWS }, (t) => {
  const box = sandbox(t);
  const target = box.write('elsewhere/real', DELETE);
  symlinkSync(target, join(box.cwd, 'c'));
  assert.equal(box.load({ configFile: 'c' }).settings.backup.delete_after_upload, true);
  chmodSync(dirname(target), 0o777);
  assert.match(box.refused({ configFile: 'c' }).message, /its folder .*elsewhere/);
});

test("another user's link in a sticky folder is refused", { skip: NEEDS_ROOT }, (t) => {
  const box = sandbox(t);
  chmodSync(box.cwd, 0o1777);
  const link = join(box.cwd, '.backuprc');
  symlinkSync(box.write('elsewhere/real', KEEP), link);
  assert.equal(box.load().files.length, 1);
  lchownSync(link, SOMEBODY, 0);
  assert.match(box.refused().message, /the link belongs to user 12345/);
});

for (const name of ['.backuprc', '.env']) {
  const text = name === '.env' ? 'S3_BUCKET_NAME=theirs' : 's3: {bucket_name: theirs}';

  test(`${name} in a world-writable folder is refused, also without deletion`, { skip: WINDOWS }, (t) => {
    const box = sandbox(t);
    box.write(`cwd/${name}`, text);
    chmodSync(box.cwd, 0o777);
    const { code, message } = box.refused();
    assert.equal(code, 'CONFIG_UNTRUSTED');
    assert.match(message, /: not used because others may write to its folder /);
    chmodSync(box.cwd, 0o1777);
    assert.equal(box.load().settings.s3.bucket_name, 'theirs');
  });

  test(`${name} of another user is refused, also without deletion`, { skip: NEEDS_ROOT }, (t) => {
    const box = sandbox(t);
    chownSync(box.write(`cwd/${name}`, text), SOMEBODY, 0);
    assert.match(box.refused().message, /it belongs to user 12345/);
    chmodSync(box.cwd, 0o1777);
    assert.equal(box.refused().code, 'CONFIG_UNTRUSTED');
  });
}

test('--config may not name such a file either', { skip: NEEDS_ROOT }, (t) => {
  const box = sandbox(t);
  chownSync(box.write('cwd/c', KEEP), SOMEBODY, 0);
  assert.match(box.refused({ configFile: 'c' }).message, /^c: not used because it belongs to user 12345/);
  assert.equal(box.refused({ env: { backup_config: 'c' } }).code, 'CONFIG_UNTRUSTED');
});

for (const [how, input] of [
  ['--config', { configFile: 'shared/c' }],
  ['backup_config', { env: { backup_config: 'shared/c' } }],
] as const) {
  test(`--trust-config takes the file of ${how} for a copy, not with deletion`, { skip: WINDOWS }, (t) => {
    const box = sandbox(t);
    box.write('cwd/shared/c', KEEP, 0o666);
    chmodSync(join(box.cwd, 'shared'), 0o777);
    assert.equal(box.refused(input).code, 'CONFIG_UNTRUSTED');
    assert.deepEqual(box.load({ ...input, trustConfig: true }).files, ['shared/c']);
    const { code, message } = box.refused({ ...input, flags: WITH_DELETION.flags, trustConfig: true });
    assert.equal(code, 'CONFIG_UNTRUSTED');
    assert.match(message, /^shared\/c: not trusted with deletion because others may write to it/);
    box.write('cwd/shared/c', DELETE, 0o666);
    assert.equal(box.refused({ ...input, trustConfig: true }).code, 'CONFIG_UNTRUSTED');
  });
}

test("--trust-config takes another user's file below another user's folder", { skip: NEEDS_ROOT }, (t) => {
  const box = sandbox(t);
  chownSync(box.write('cwd/c', KEEP), SOMEBODY, SOMEBODY);
  chownSync(box.cwd, SOMEBODY, SOMEBODY);
  assert.deepEqual(box.load({ cwd: box.home, configFile: join(box.cwd, 'c'), trustConfig: true }).files, [
    join(box.cwd, 'c'),
  ]);
});

test('the error names --trust-config, with which the program continues', { skip: WINDOWS }, async (t) => {
  const workplace = useWorkplace(t);
  workplace.write('c', 'backup: {source_directory: source}', 0o666);
  const status = (...argv: string[]) =>
    runCli(workplace, ['status', '--no-write-probe', '--config', 'c', ...argv]);
  const { stdout, stderr } = await status();
  assert.equal(stdout, '');
  assert.match(stderr, /^s3-backup: c: not used because .* or use --trust-config .* \[CONFIG_UNTRUSTED\]\n$/);
  const trusted = await status('--trust-config');
  assert.equal(trusted.stderr, '');
  assert.match(trusted.stdout, /backup\.source_directory +\S+source +c\n/);
});

for (const place of ['home/.backuprc', 'cwd/.backuprc', 'cwd/.env', 'cwd/key']) {
  test(`--trust-config does not apply to ${place}`, { skip: WINDOWS }, (t) => {
    const box = sandbox(t);
    const text = place === 'cwd/.env' ? 'backup_config=c' : KEEP;
    chmodSync(
      box.write(place, place === 'cwd/key' ? Buffer.alloc(32, 'k') : `${text}\nS3_BUCKET_NAME=x`),
      0o666,
    );
    box.write('cwd/c', place === 'cwd/key' ? 's3: {sse_customer_key_file: key}' : KEEP);
    const { code, problems } = box.refused({ configFile: 'c', trustConfig: true });
    assert.equal(code, 'CONFIG_UNTRUSTED');
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /(\.backuprc|\.env|key): not used because others may write to it/);
    assert.doesNotMatch(problems[0] ?? '', /--trust-config/);
  });
}

test('an untrusted file is refused before it is parsed', { skip: WINDOWS }, (t) => {
  const box = sandbox(t);
  box.write('cwd/c', '{ broken', 0o666);
  assert.equal(box.refused({ configFile: 'c' }).code, 'CONFIG_UNTRUSTED');
  box.write('cwd/.backuprc', '{ broken');
  chmodSync(box.cwd, 0o777);
  assert.equal(box.refused().code, 'CONFIG_UNTRUSTED');
});

test('root does not follow .backuprc upward through folders of others', { skip: NEEDS_ROOT }, (t) => {
  const box = sandbox(t);
  const cwd = join(box.cwd, 'a', 'b');
  mkdirSync(cwd, { recursive: true });
  box.write('cwd/.backuprc', KEEP);
  const { code, message } = box.refused({ cwd });
  assert.equal(code, 'CONFIG_UNTRUSTED');
  assert.match(message, /root reads it from a parent folder only if .* is root's and not world-writable/);
});

test("root reads a .backuprc from above if every folder is root's own", { skip: NEEDS_ROOT }, (t) => {
  const parent = '/run';
  const { uid, mode } = statSync(parent, { throwIfNoEntry: false }) ?? { uid: -1, mode: 0 };
  if (uid !== 0 || (mode & 0o002) !== 0) return t.skip('/run is not root-only here');
  const box = sandbox(t, parent);
  mkdirSync(join(box.cwd, 'a'));
  box.write('cwd/.backuprc', KEEP);
  assert.deepEqual(box.load({ cwd: join(box.cwd, 'a') }).files, [`${box.cwd}/.backuprc`]);
});

test("an ordinary user takes his own or root's .backuprc from above", { skip: NEEDS_ROOT }, (t) => {
  const { cwd, file } = openSandbox(t);
  chownSync(file, NOBODY, 0);
  assert.deepEqual(
    asNobody(() => loadConfig({ cwd, env: {} }).files),
    [file],
  );
  chownSync(file, 0, 0);
  assert.deepEqual(
    asNobody(() => loadConfig({ cwd, env: {} }).files),
    [file],
  );
  chownSync(file, SOMEBODY, 0);
  assert.throws(() => asNobody(() => loadConfig({ cwd, env: {} })), { code: 'CONFIG_UNTRUSTED' });
});

test('an existing file that may not be read is an error', { skip: NEEDS_ROOT }, (t) => {
  const { cwd, file } = openSandbox(t);
  chmodSync(file, 0o600);
  const unreadable = { code: 'CONFIG_UNREADABLE', message: /cannot be read \(EACCES\)/ };
  assert.throws(() => asNobody(() => loadConfig({ cwd, env: {} })), unreadable);
  assert.throws(() => asNobody(() => loadConfig({ cwd: '/', env: {}, configFile: file })), unreadable);
});

/** Like a sandbox, but another user can enter it: a folder above the current one, with a `.backuprc`. */
function openSandbox(t: TestContext) {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'config-test-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  chmodSync(root, 0o755);
  const cwd = join(root, 'cwd');
  mkdirSync(cwd, { mode: 0o755 });
  const file = join(root, '.backuprc');
  writeFileSync(file, KEEP, { mode: 0o644 });
  return { cwd, file };
}

function asNobody<T>(run: () => T): T {
  process.seteuid?.(NOBODY);
  try {
    return run();
  } finally {
    process.seteuid?.(0);
  }
}
