import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { attributesOf, setAttributes } from '../../src/restore/attributes.ts';
import { endsOf, useRestorePlace } from '../support/restore.ts';
import { useFolder } from '../support/tree.ts';

test('a modification time comes back to the microsecond, before 1970 too', (t) => {
  const fd = openSync(join(useFolder(t), 'file'), 'w');
  t.after(() => closeSync(fd));
  const comesBack = (seconds: number, nanoseconds: number, sign: string) => {
    const mtime = `${sign}${seconds}.${String(nanoseconds).padStart(9, '0')}`;
    setAttributes(fd, attributesOf({ metadata: { mtime }, lastModified: undefined }));
    const ns = (BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)) * (sign === '-' ? -1n : 1n);
    assert.equal(fstatSync(fd, { bigint: true }).mtimeNs, (ns / 1000n) * 1000n, mtime);
  };
  fc.assert(fc.property(fc.nat(4_102_444_800), fc.nat(999_999_999), fc.constantFrom('', ''), comesBack), {
    numRuns: 2_000,
  });
  // ext4 has times from 1901 on.
  fc.assert(fc.property(fc.nat(2_147_000_000), fc.nat(999_999_999), fc.constant('-'), comesBack));
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

test('root gives files their owner back, and only with it the bits that lend rights', {
  skip: process.getuid?.() !== 0 && 'only root can give files away',
}, async (t) => {
  const place = await useRestorePlace(t);
  await place.put('owned', 'x', { Metadata: { mode: '104755', uid: '12345', gid: '54321' } });
  await place.put('nobody', 'x', { Metadata: { mode: '104755' } });
  await place.put('too high', 'x', { Metadata: { mode: '104755', uid: '4294967295', gid: '1' } });
  assert.equal((await place.restore()).exit_code, 0);
  const seen = (name: string) => {
    const { mode, uid, gid } = statSync(place.path(name));
    return [(mode & 0o7777).toString(8), uid, gid];
  };
  assert.deepEqual(seen('owned'), ['4755', 12345, 54321]);
  assert.deepEqual(seen('nobody'), ['755', 0, 0]);
  assert.deepEqual(seen('too high'), ['755', 0, 0]);
});

test('who is not root keeps what is restored, without the bits that lend rights', async (t) => {
  const { geteuid } = process;
  t.after(() => Object.assign(process, { geteuid }));
  Object.assign(process, { geteuid: () => 1000 });
  const metadata = { mode: '106755', uid: '12345', gid: '54321' };
  const { owner, mode } = attributesOf({ metadata, lastModified: undefined });
  assert.deepEqual([owner, mode], [undefined, 0o755]);
});

test('a file that nobody may read or write is restored as well', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('none', 'content', { Metadata: { mode: '100000' } });
  await place.put('read only', Buffer.alloc(9_000_000), { Metadata: { mode: '100400' } });
  assert.deepEqual(endsOf(await place.restore()), { none: 'restored', 'read only': 'restored' });
  assert.equal(statSync(place.path('none')).mode & 0o777, 0);
  assert.equal(statSync(place.path('read only')).mode & 0o777, 0o400);
});
