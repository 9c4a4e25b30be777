import assert from 'node:assert/strict';
import { closeSync, fstatSync, lstatSync, openSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { attributesOf, setAttributes, setLinkAttributes } from '../../../src/restore/attributes.ts';
import { endsOf, type RestorePlace, useRestorePlace } from '../../support/restore.ts';
import { useFolder } from '../../support/tree.ts';

test('a modification time comes back to the microsecond, before 1970 too', (t) => {
  const fd = openSync(join(useFolder(t), 'file'), 'w');
  t.after(() => closeSync(fd));
  const comesBack = (seconds: number, nanoseconds: number, sign: string) => {
    const mtime = `${sign}${seconds}.${String(nanoseconds).padStart(9, '0')}`;
    setAttributes(fd, attributesOf({ metadata: { mtime }, lastModified: undefined }));
    const ns = (BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)) * (sign === '-' ? -1n : 1n);
    assert.equal(fstatSync(fd, { bigint: true }).mtimeNs / 1000n, ns / 1000n, mtime);
  };
  fc.assert(fc.property(fc.nat(4_102_444_800), fc.nat(999_999_999), fc.constant(''), comesBack), {
    numRuns: 2_000,
    examples: [
      [0, 526_785_000, ''],
      [1, 999_999_999, ''],
      [4_294_967_295, 999_999_000, ''],
    ],
  });
  // ext4 has times from 1901 on.
  fc.assert(fc.property(fc.nat(2_147_000_000), fc.nat(999_999_999), fc.constant('-'), comesBack));
});

test('the time of an object without metadata comes back to the millisecond in which it was written', (t) => {
  const folder = useFolder(t);
  const fd = openSync(join(folder, 'file'), 'w');
  t.after(() => closeSync(fd));
  symlinkSync('nowhere', join(folder, 'link'));
  fc.assert(
    fc.property(fc.nat(4_102_444_800_000), (lastModified) => {
      const attributes = attributesOf({ metadata: {}, lastModified });
      setAttributes(fd, attributes);
      setLinkAttributes(join(folder, 'link'), attributes);
      const microseconds = BigInt(lastModified) * 1_000n;
      assert.equal(fstatSync(fd, { bigint: true }).mtimeNs / 1000n, microseconds);
      assert.equal(lstatSync(join(folder, 'link'), { bigint: true }).mtimeNs / 1000n, microseconds);
    }),
    { numRuns: 2_000, examples: [[1_700_000_000_123], [1_791_234_567_001]] },
  );
});

test('without metadata a file gets the time at which the object was written, and the mode of a new file', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('file', 'content');
  await place.put('odd', 'content', { Metadata: { mode: 'rwx', mtime: 'yesterday', uid: '-1', gid: '0' } });
  assert.equal((await place.restore()).exit_code, 0);
  for (const name of ['file', 'odd']) {
    const { mode, mtimeMs, uid } = statSync(place.path(name));
    assert.equal(mode & 0o7777, 0o666 & ~process.umask());
    assert.ok(Math.abs(mtimeMs - Date.now()) < 60_000);
    assert.equal(uid, process.getuid?.());
  }
});

const ROOT_ONLY = { skip: process.getuid?.() !== 0 && 'only root can give files away' };
const OWNER = { uid: '12345', gid: '54321' };

function seenAt(place: RestorePlace, name: string): readonly [string, number, number] {
  const { mode, uid, gid } = statSync(place.path(name));
  return [(mode & 0o7777).toString(8), uid, gid];
}

test(
  'root gives files their owner back, but no bit that lends its rights, and says so',
  ROOT_ONLY,
  async (t) => {
    const place = await useRestorePlace(t);
    const modes = { setuid: '104755', setgid: '102755', both: '6711', sticky: '101644', plain: '100640' };
    for (const [name, mode] of Object.entries(modes))
      await place.put(name, 'x', { Metadata: { mode, ...OWNER } });
    await place.put('root', 'x', { Metadata: { mode: '104755', uid: '0', gid: '0' } });
    const report = await place.restore();
    assert.deepEqual(endsOf(report), {
      setuid: 'restored SETUID_NOT_SET',
      setgid: 'restored SETUID_NOT_SET',
      both: 'restored SETUID_NOT_SET',
      root: 'restored SETUID_NOT_SET',
      sticky: 'restored',
      plain: 'restored',
    });
    assert.deepEqual([report.exit_code, report.incomplete_files], [2, 4]);
    const seen = Object.keys(modes).map((name) => seenAt(place, name));
    assert.deepEqual(
      seen,
      ['755', '755', '711', '644', '640'].map((mode) => [mode, 12345, 54321]),
    );
    assert.deepEqual(seenAt(place, 'root'), ['755', 0, 0]);
  },
);

test('root restores setuid bits if asked, and only together with the owner', ROOT_ONLY, async (t) => {
  const place = await useRestorePlace(t);
  await place.put('owned', 'x', { Metadata: { mode: '107755', ...OWNER } });
  await place.put('nobody', 'x', { Metadata: { mode: '104755' } });
  await place.put('too high', 'x', { Metadata: { mode: '104755', uid: '4294967295', gid: '1' } });
  assert.equal((await place.restore({ allowSetuid: true })).exit_code, 0);
  assert.deepEqual(seenAt(place, 'owned'), ['7755', 12345, 54321]);
  assert.deepEqual(seenAt(place, 'nobody'), ['755', 0, 0]);
  assert.deepEqual(seenAt(place, 'too high'), ['755', 0, 0]);
});

test('a mode that another program wrote in decimal is read as such, and nonsense as none', async (t) => {
  const place = await useRestorePlace(t);
  const none = 0o666 & ~process.umask();
  const modes = { '33152': 0o600, '33261': 0o755, '100640': 0o640, '16877': none, '120777': none, '': none };
  for (const mode of Object.keys(modes))
    await place.put(`mode ${mode}`, 'x', { Metadata: { mode, ...OWNER } });
  assert.equal((await place.restore({ allowSetuid: true })).exit_code, 0);
  for (const [mode, expected] of Object.entries(modes))
    assert.equal(statSync(place.path(`mode ${mode}`)).mode & 0o7777, expected, mode);
});

test('without root the files belong to the user, without setuid, setgid and sticky bits', async (t) => {
  const { geteuid } = process;
  t.after(() => Object.assign(process, { geteuid }));
  Object.assign(process, { geteuid: () => 1000 });
  const metadata = { mode: '106755', uid: '12345', gid: '54321' };
  for (const allowSetuid of [true, false]) {
    const { owner, mode } = attributesOf({ metadata, lastModified: undefined }, { allowSetuid });
    assert.deepEqual([owner, mode], [undefined, 0o755]);
  }
});

test('a file that nobody may read or write is restored as well', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('none', 'content', { Metadata: { mode: '100000' } });
  await place.put('read only', Buffer.alloc(9_000_000), { Metadata: { mode: '100400' } });
  assert.deepEqual(endsOf(await place.restore()), { none: 'restored', 'read only': 'restored' });
  assert.equal(statSync(place.path('none')).mode & 0o777, 0);
  assert.equal(statSync(place.path('read only')).mode & 0o777, 0o400);
});
