/** What others who may write to a folder put in the place of what a restore has made there, at the worst moment. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hasDescriptorPaths } from '../../../src/files/descriptor-paths.ts';
import { temporaryName } from '../../../src/restore/temporary-file.ts';
import { bytesOfLength } from '../../suites/contract/support/source.ts';
import { useMomentAfter } from '../../support/moment-after.ts';
import { endsOf, onlyEntry, type RestorePlace, useRestorePlace } from '../../support/restore.ts';
import { MIB } from '../../support/run.ts';
import { namesIn } from '../../support/tree.ts';

const ONLY_BY_DESCRIPTOR = { skip: !hasDescriptorPaths && 'without /proc paths are all there is' };
const isRoot = process.getuid?.() === 0;
const OTHER_USER = 12_345;
const LARGE = bytesOfLength(9 * MIB);
const OWNER = { mtime: '1000000000', uid: String(OTHER_USER), gid: String(OTHER_USER) };

/** Owner, times and mode of something, as they must stay. */
function stateOf(path: string): readonly unknown[] {
  const { uid, gid, mode, mtimeNs, ino } = lstatSync(path, { bigint: true });
  return [uid, gid, mode, mtimeNs, ino];
}

/** Moves what was made away, and puts something else under its name. */
type Swap = (made: string, victim: string) => void;

const SWAPS: Readonly<Record<string, Swap>> = {
  'a file of another folder': (made, victim) => renameSync(victim, made),
  'another name of a file': (made, victim) => linkSync(victim, made),
  'a folder': (made, victim) => {
    renameSync(victim, `${victim}.file`);
    mkdirSync(victim);
    renameSync(victim, made);
  },
  'another link': (made, victim) => {
    renameSync(victim, `${victim}.file`);
    symlinkSync('elsewhere', victim);
    renameSync(victim, made);
  },
  'another name of a link with the same target': (made, victim) => {
    renameSync(victim, `${victim}.file`);
    symlinkSync('target', victim);
    linkSync(victim, made);
  },
};

for (const [title, swap] of Object.entries(SWAPS)) {
  for (const overwrite of [false, true]) {
    for (const call of ['symlinkSync', 'chownSync', 'utimesSync'] as const) {
      if (call === 'chownSync' && !isRoot) continue;
      test(
        `${title} that takes the place of a new link gets neither its owner nor its times (after ${call}, overwrite ${overwrite})`,
        ONLY_BY_DESCRIPTOR,
        async (t) => {
          const place = await useRestorePlace(t);
          await place.put('link.rclonelink', 'target', { Metadata: OWNER });
          const victim = join(place.root, 'victim');
          writeFileSync(victim, 'precious');
          mkdirSync(place.to);
          let made = '';
          let planted: readonly unknown[] = [];
          if (call !== 'symlinkSync')
            useMomentAfter(t, 'symlinkSync', (_, path) => {
              made = String(path);
            });
          useMomentAfter(t, call, (_, path) => {
            if (call === 'symlinkSync') made = String(path);
            renameSync(made, `${made}.away`);
            swap(made, victim);
            planted = stateOf(made);
          });
          const report = await place.restore({ links: true, overwrite });
          assert.deepEqual(endsOf(report), { 'link.rclonelink': 'failed WRITE_FAILED' });
          const [name = ''] = readdirSync(place.to).filter((entry) => !entry.endsWith('.away'));
          assert.deepEqual(stateOf(place.path(name)), planted);
        },
      );
    }
  }
}

test('a link gets its owner and its times, and no temporary name is left', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('link.rclonelink', 'no such target', { Metadata: OWNER });
  for (const overwrite of [false, true]) {
    if (overwrite) {
      symlinkSync('older', place.path('older'));
      renameSync(place.path('older'), place.path('link'));
    }
    assert.equal((await place.restore({ links: true, overwrite })).exit_code, 0);
    assert.deepEqual(namesIn(place.to), ['link']);
    const { uid, gid, mtimeMs } = lstatSync(place.path('link'));
    assert.equal(mtimeMs, 1_000_000_000_000);
    if (isRoot) assert.deepEqual([uid, gid], [OTHER_USER, OTHER_USER]);
    assert.equal(readlinkSync(place.path('link')), 'no such target');
  }
});

test('a link that cannot take its name leaves nothing', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('link.rclonelink', 'target');
  mkdirSync(place.path('link/inner'), { recursive: true });
  const report = await place.restore({ links: true, overwrite: true });
  assert.deepEqual(endsOf(report), { 'link.rclonelink': 'failed PATH_CONFLICT' });
  assert.deepEqual(namesIn(place.to), ['link', 'link/inner']);
});

test('after a restore that restored nothing, only the folder that it made is removed', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('file', 'content');
  const run = () => {
    renameSync(place.to, join(place.root, 'away'));
    mkdirSync(place.to);
  };
  place.server.faults.plan({ operation: 'ListObjectsV2', skip: 1, do: { kind: 'call', run } });
  const error = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  place.server.faults.plan({ operation: 'GetObject', do: error });
  assert.equal((await place.restore()).exit_code, 2);
  assert.deepEqual(namesIn(place.root), ['away', 'to']);
});

test(
  'a link in the place of a folder that was made turns its removal to no other one',
  ONLY_BY_DESCRIPTOR,
  async (t) => {
    const place = await useRestorePlace(t);
    const outside = join(place.root, 'outside');
    mkdirSync(join(outside, 'b'), { recursive: true });
    const run = () => {
      renameSync(join(place.root, 'a'), join(place.root, 'away'));
      symlinkSync('outside', join(place.root, 'a'));
    };
    place.server.faults.plan({ operation: 'ListObjectsV2', do: { kind: 'call', run } });
    const to = join(place.root, 'a', 'b');
    await assert.rejects(place.restore({ to, bucket: 'no-such-bucket' }), { code: 'BUCKET_NOT_FOUND' });
    assert.deepEqual(namesIn(place.root), ['a', 'away', 'outside', 'outside/b']);
  },
);

test(
  'a link in the place of a folder on the way that was just made is not followed',
  ONLY_BY_DESCRIPTOR,
  async (t) => {
    const place = await useRestorePlace(t);
    await place.put('file', 'content');
    mkdirSync(join(place.root, 'outside'));
    const made = join(place.root, 'a');
    useMomentAfter(
      t,
      'mkdirSync',
      () => {
        renameSync(made, join(place.root, 'away'));
        symlinkSync('outside', made);
      },
      () => existsSync(made),
    );
    await assert.rejects(place.restore({ to: join(made, 'b') }), { code: 'TARGET_UNUSABLE' });
    assert.deepEqual(namesIn(join(place.root, 'outside')), []);
  },
);

const MOMENTS = ['while it is read', 'when it is complete'] as const;

/** Lets somebody act at a moment of the restore of the one large object. */
function useMoment(
  t: TestContext,
  { server }: RestorePlace,
  when: (typeof MOMENTS)[number],
  run: () => void,
) {
  if (when === 'while it is read') server.faults.plan({ operation: 'GetObject', do: { kind: 'call', run } });
  else useMomentAfter(t, 'fchmodSync', run);
}

for (const when of MOMENTS) {
  test(`a file whose folder is moved away is not called restored: ${when}`, ONLY_BY_DESCRIPTOR, async (t) => {
    const place = await useRestorePlace(t);
    await place.put('folder/large', LARGE);
    useMoment(t, place, when, () => {
      renameSync(place.path('folder'), join(place.root, 'away'));
      mkdirSync(place.path('folder'));
    });
    assert.deepEqual(endsOf(await place.restore()), { 'folder/large': 'failed OUTSIDE_TARGET' });
    assert.deepEqual(namesIn(join(place.root, 'away')), []);
  });

  test(`another file under the temporary name neither gets the name nor is removed: ${when}`, async (t) => {
    const place = await useRestorePlace(t);
    await place.put('large', LARGE);
    const other = join(place.root, 'other');
    writeFileSync(other, LARGE);
    chmodSync(other, 0o644);
    useMoment(t, place, when, () => {
      const [temporary = ''] = readdirSync(place.to);
      renameSync(place.path(temporary), join(place.root, 'away'));
      renameSync(other, place.path(temporary));
    });
    const report = await place.restore();
    assert.deepEqual(endsOf(report), { large: 'failed WRITE_FAILED' });
    const [left = '', ...others] = namesIn(place.to);
    assert.deepEqual([left.startsWith('.s3-backup-restore-'), others], [true, []]);
    assert.ok(readFileSync(place.path(left)).equals(LARGE));
  });
}

/** A private file of ours, under the temporary name of an object. Returns a descriptor of it. */
async function plantOurs(t: TestContext, place: RestorePlace, key: string): Promise<number> {
  const { files } = await place.restore({ dryRun: true });
  const { etag, size } = files.find((file) => file.key === key) ?? {};
  const path = join(dirname(place.path(key)), temporaryName({ key, etag, size } as never));
  writeFileSync(path, 'precious', { mode: 0o600 });
  const fd = openSync(path, 'r');
  t.after(() => closeSync(fd));
  return fd;
}

for (const [title, mode, owner, isResumed] of [
  ['that others may write to', 0o777, process.getuid?.() ?? 0, false],
  ['that others may write to, though it is sticky', 0o1777, process.getuid?.() ?? 0, false],
  ['of another user', 0o755, OTHER_USER, false],
  ['of our own', 0o755, process.getuid?.() ?? 0, true],
] as const) {
  const skip = (!isRoot && owner === OTHER_USER && 'only root can give a folder away') || false;
  test(`in a folder ${title} a leftover is ${isResumed ? 'resumed' : 'never written to: it may be any file of ours'}`, {
    skip: ONLY_BY_DESCRIPTOR.skip || skip,
  }, async (t) => {
    const place = await useRestorePlace(t);
    await place.put('folder/large', LARGE);
    mkdirSync(place.path('folder'), { recursive: true });
    const fd = await plantOurs(t, place, 'folder/large');
    chmodSync(place.path('folder'), mode);
    if (isRoot) chownSync(place.path('folder'), owner, owner);
    const before = fstatSync(fd, { bigint: true });
    const entry = onlyEntry(await place.restore());
    assert.deepEqual([entry.fate, entry.code, entry.proof], ['restored', null, 'etag-md5']);
    assert.ok(readFileSync(place.path('folder/large')).equals(LARGE));
    const after = fstatSync(fd, { bigint: true });
    assert.equal(after.ino === lstatSync(place.path('folder/large'), { bigint: true }).ino, isResumed);
    if (!isResumed)
      assert.deepEqual([after.size, after.mtimeNs, after.uid], [8n, before.mtimeNs, before.uid]);
  });
}
