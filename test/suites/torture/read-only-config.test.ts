import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeReadOnly, withMount } from '../../support/mounts.ts';
import { NEEDS_ROOT, sandbox } from '../../unit/cli/config/sandbox.ts';

const SOMEBODY = 12_345;
const KEEP = 'backup: {delete_after_upload: false}';
const DELETE = 'backup: {delete_after_upload: true}';
const CONFIG_MAP = ['-t', 'tmpfs', '-o', 'mode=0777', 'tmpfs'];

/** What Kubernetes mounts: a folder of mode 0777, in which links lead to the files of a dated folder. */
function fillVolume(point: string, files: Readonly<Record<string, string | Buffer>>): void {
  mkdirSync(join(point, '..2026_11_29'), { mode: 0o755 });
  symlinkSync('..2026_11_29', join(point, '..data'));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(point, '..2026_11_29', name), text, { mode: 0o644 });
    symlinkSync(join('..data', name), join(point, name));
  }
}

function readOnly(t: TestContext, point: string, check: () => void): void {
  const refused = makeReadOnly(point);
  if (refused === undefined) check();
  else t.skip(refused);
}

test('a folder of mode 777 is trusted where it is mounted read-only, as a ConfigMap is', {
  skip: NEEDS_ROOT,
}, async (t) => {
  const box = sandbox(t);
  const point = join(box.cwd, 'volume');
  await withMount(t, point, CONFIG_MAP, async () => {
    fillVolume(point, { copy: KEEP, move: DELETE, '.backuprc': KEEP });
    const [copy, move] = [join(point, 'copy'), join(point, 'move')];
    for (const input of [{ configFile: copy }, { configFile: move }, { cwd: point }])
      assert.equal(box.refused(input).code, 'CONFIG_UNTRUSTED');
    readOnly(t, point, () => {
      assert.deepEqual(box.load({ configFile: copy }).files, [copy]);
      assert.deepEqual(box.load({ env: { backup_config: move } }).files, [move]);
      assert.deepEqual(box.load({ cwd: point }).files, [join(point, '.backuprc')]);
    });
  });
});

test("a customer's key in a volume of mode 777 is trusted where that is mounted read-only", {
  skip: NEEDS_ROOT,
}, async (t) => {
  const box = sandbox(t);
  const point = join(box.cwd, 'volume');
  await withMount(t, point, CONFIG_MAP, async () => {
    fillVolume(point, { key: Buffer.alloc(32, 'k') });
    const input = { env: { backup_s3__sse_customer_key_file: join(point, 'key') } };
    assert.equal(box.refused(input).code, 'CONFIG_UNTRUSTED');
    readOnly(t, point, () => assert.deepEqual(box.load(input).files, [join(point, 'key')]));
  });
});

test("another user's file that is mounted read-only is trusted for a copy, not with deletion", {
  skip: NEEDS_ROOT,
}, async (t) => {
  const box = sandbox(t);
  const theirs = box.write('elsewhere/c', KEEP, 0o664);
  chownSync(theirs, SOMEBODY, SOMEBODY);
  const point = box.write('cwd/c', '');
  const move = {
    configFile: 'c',
    flags: { 'backup.delete_after_upload': { value: true, flag: '--delete-after-upload' } },
  };
  await withMount(t, point, ['--bind', theirs], async () => {
    assert.match(box.refused({ configFile: 'c' }).message, /^c: not used because it belongs to user 12345/);
    readOnly(t, point, () => {
      assert.deepEqual(box.load({ configFile: 'c' }).files, ['c']);
      assert.match(
        box.refused(move).message,
        /^c: not trusted with deletion because it belongs to user 12345/,
      );
    });
  });
});

test('a folder that others may write to is refused though the file in it is mounted read-only', {
  skip: NEEDS_ROOT,
}, async (t) => {
  const box = sandbox(t);
  const point = box.write('cwd/c', '');
  const file = box.write('elsewhere/c', KEEP, 0o666);
  await withMount(t, point, ['--bind', file], async () =>
    readOnly(t, point, () => {
      assert.deepEqual(box.load({ configFile: 'c' }).files, ['c']);
      chmodSync(box.cwd, 0o777);
      assert.match(box.refused({ configFile: 'c' }).message, /others may write to its folder .*cwd/);
    }),
  );
});
