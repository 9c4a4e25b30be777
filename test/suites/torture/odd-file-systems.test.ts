/** File systems that delete, count and link in ways of their own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimBeside, DEAD, leaveClaimed } from '../../support/claims.ts';
import { useOpenWriter } from '../../support/helper-process.ts';
import { makeImage, withMount, withMounted, withOddFileSystem } from '../../support/mounts.ts';
import { type Place, PREFIX, usePlace } from '../../support/place.ts';
import { fatesOf, MIB } from '../../support/run.ts';
import { useSftp } from '../../support/sftp.ts';
import { disturb } from '../../support/system-calls.ts';
import { namesIn } from '../../support/tree.ts';

const FILES = {
  one: 'first',
  'a name that is longer than eight and three.text': 'second',
  'sub/two': 'third',
  'sub/deep/three': 'fourth',
  large: Buffer.alloc(6 * MIB, 'large'),
};

/** Mounts something at the place's source. */
type Mount = (t: TestContext, place: Place, work: () => Promise<void>) => Promise<void>;

function odd(...quirks: string[]): Mount {
  return (t, place, work) => {
    mkdirSync(join(place.root, 'real'));
    return withOddFileSystem(t, join(place.root, 'real'), place.source, quirks, work);
  };
}

const bindfs: Mount = (t, place, work) => {
  mkdirSync(join(place.root, 'real'));
  return withMounted(t, ['bindfs', join(place.root, 'real'), place.source], place.source, work);
};

const overlay: Mount = (t, place, work) => {
  for (const name of ['lower', 'upper', 'work']) mkdirSync(join(place.root, name));
  const folder = (name: string) => `${name}dir=${join(place.root, name)}`;
  const options = ['lower', 'upper', 'work'].map(folder).join(',');
  return withMounted(t, ['fuse-overlayfs', '-o', options, place.source], place.source, work);
};

const sshfs: Mount = async (t, place, work) => {
  mkdirSync(join(place.root, 'real'));
  const command = await useSftp(t, join(place.root, 'real'), place.source);
  if (typeof command === 'string') return t.skip(command);
  return withMounted(t, command, place.source, work);
};

const ntfs: Mount = (t, place, work) => {
  const image = join(place.root, 'image');
  const refused = makeImage(image, 64, ['mkfs.ntfs', '-F', '-Q', '-q']);
  if (refused !== undefined) return t.skip(refused) as unknown as Promise<void>;
  return withMounted(t, ['ntfs-3g', image, place.source], place.source, work);
};

const FILE_SYSTEMS: readonly (readonly [string, Mount])[] = [
  ['a FUSE file system', odd()],
  ['one without hard links', odd('no-links')],
  ['one that gives modes of its own', odd('own-modes')],
  ['one that gives modes of its own and has no hard links', odd('own-modes', 'no-links')],
  ['one where names live on until the last close', odd('lingering')],
  ['one that deletes what is open', odd('hard-remove')],
  ['one with times of whole seconds', odd('whole-seconds')],
  ['one of 3 ms a call', odd('slow=3')],
  ['bindfs', bindfs],
  ['fuse-overlayfs', overlay],
  ['sshfs', sshfs],
  ['ntfs-3g', ntfs],
];

for (const [name, mount] of FILE_SYSTEMS) {
  test(`${name}: everything is moved, and nothing is left`, async (t) => {
    const place = await usePlace(t);
    await mount(t, place, async () => {
      place.add(FILES);
      const report = await place.move({ onChange: 'retry' });
      const all = Object.fromEntries(Object.keys(FILES).map((path) => [path, 'deleted']));
      await place.judge(report, all);
      assert.deepEqual(namesIn(place.source), []);
      assert.equal(report.removed_folders, 2);
    });
    assert.deepEqual(leftIn(join(place.root, 'real')), []);
  });

  test(`${name}: a file that a crashed run left claimed is put back`, async (t) => {
    const place = await usePlace(t);
    await mount(t, place, async () => {
      place.add({ 'sub/one': 'first' });
      leaveClaimed(place.path('sub/one'));
      const report = await place.move({ onChange: 'retry' });
      if (name.includes('modes of its own') || name === 'ntfs-3g') {
        // Nobody can tell there whose folder it is: claims are made beside the files.
        assert.match(report.files[0]?.reason ?? '', /others may use it/);
        return;
      }
      await place.judge(report, { 'sub/one': 'deleted' });
      assert.deepEqual(namesIn(place.source), []);
    });
  });

  test(`${name}: a file that somebody writes to is kept under its name`, async (t) => {
    const place = await usePlace(t);
    await mount(t, place, async () => {
      place.add({ 'sub/log': 'first line\n', 'sub/other': 'closed' });
      const writer = await useOpenWriter(t, place.path('sub/log'));
      const fates = fatesOf(await place.move({ onChange: 'retry' }));
      assert.deepEqual(fates, { 'sub/log': 'kept OPEN_FOR_WRITING', 'sub/other': 'deleted' });
      await writer.tell('second line');
      await writer.end();
      assert.equal(readFileSync(place.path('sub/log'), 'utf8'), 'first line\nsecond line');
      assert.deepEqual(namesIn(place.source), ['sub', 'sub/log']);
    });
  });
}

/** What another program does to a file that is claimed. Not a second link: FUSE remembers the number of links for a second. */
const CHANGES: Readonly<Record<string, (path: string) => void>> = {
  'appended to': (path) => appendFileSync(path, '!'),
  replaced: (path) => {
    writeFileSync(`${path}.new`, 'other content');
    renameSync(`${path}.new`, path);
  },
};

for (const [what, change] of Object.entries(CHANGES)) {
  test(`where calls are slow, a claimed file that is ${what} is kept, and the others are deleted`, async (t) => {
    const place = await usePlace(t);
    await odd('slow=3')(t, place, async () => {
      const names = Array.from({ length: 90 }, (_, index) => `${index % 3}/${index}`);
      place.add(Object.fromEntries(names.map((name) => [name, `content of ${name}`])));
      let changed: string | undefined;
      // Asked, among others, after the files of a batch were claimed: whether the claim made an object vanish. No call for the file
      // that is asked for is under way then; FUSE would remember what such a call has seen.
      place.server.faults.plan({
        operation: 'HeadObject',
        times: Number.POSITIVE_INFINITY,
        do: {
          kind: 'call',
          run: ({ key = '' }) => {
            if (changed !== undefined) return;
            const name = key.slice(PREFIX.length);
            const claimed = claimedPath(place.source, name);
            if (claimed === undefined) return;
            change(claimed);
            changed = name;
          },
        },
      });
      const fates = fatesOf(await place.move());
      assert.ok(changed !== undefined, 'no claimed file was asked for');
      const expected = names.map((name) => [name, name === changed ? 'failed FILE_CHANGED' : 'deleted']);
      assert.deepEqual(fates, Object.fromEntries(expected));
      assert.ok(namesIn(place.source).includes(changed));
    });
  });
}

/** Where a claimed file is; undefined if it is not claimed. */
function claimedPath(source: string, name: string): string | undefined {
  const folder = join(source, dirname(name));
  const claims = leftIn(folder).filter((entry) => entry.startsWith('.s3-backup-claim-'));
  return claims.map((claim) => join(folder, claim, basename(name))).find((path) => existsSync(path));
}

/** Names below a folder; none where there is no such folder. */
function leftIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

for (const quirks of [['no-links'], ['own-modes', 'no-links'], []] as const) {
  test(`a file that takes the name in the last moment is not overwritten (${quirks.join(', ') || 'hard links'})`, async (t) => {
    const place = await usePlace(t);
    mkdirSync(join(place.root, 'real'));
    await withOddFileSystem(
      t,
      join(place.root, 'real'),
      place.source,
      [...quirks, 'taking=one'],
      async () => {
        place.add({ one: 'first' });
        disturb(t, {
          call: 'renameSync',
          fits: (from) => String(from).endsWith('/one'),
          when: 'after',
          act: () => {
            const claimed = spawnSync('find', [place.source, '-name', '*one*', '-type', 'f'], {
              encoding: 'utf8',
            }).stdout.trim();
            writeFileSync(claimed, 'FIRST, changed');
          },
        });
        const report = await place.move();
        const contents = namesIn(place.source)
          .map((path) => place.path(path))
          .flatMap((path) => {
            try {
              return [readFileSync(path, 'utf8')];
            } catch {
              return [];
            }
          });
        assert.ok(contents.includes('FIRST, changed'), JSON.stringify(report.files));
        if (contents.length === 2) {
          assert.ok(contents.includes('of somebody else'), JSON.stringify(contents));
          assert.deepEqual(fatesOf(report), { one: 'failed CLAIM_BLOCKED' });
        } else assert.deepEqual(fatesOf(report), { one: 'failed FILE_CHANGED' });
      },
    );
  });
}

test('a run that was killed while it put a file back, without hard links, leaves no half of it', async (t) => {
  const place = await usePlace(t);
  await odd('no-links')(t, place, async () => {
    place.add({ one: 'first' });
    leaveClaimed(place.path('one'));
    // What holds the name until the file has it.
    writeFileSync(place.path('one'), '', { mode: 0o000 });
    await place.judge(await place.move(), { one: 'deleted' });
    assert.deepEqual(namesIn(place.source), []);
  });
});

test('ntfs-3g: the short name that Windows gives a file is no hard link, and a hard link is one', async (t) => {
  const place = await usePlace(t);
  await ntfs(t, place, async () => {
    place.add({ 'a long name of Windows.text': 'first', 'linked to.text': 'second' });
    linkSync(place.path('linked to.text'), place.path('the other link'));
    place.note('the other link');
    const setShortName =
      "import os, sys; os.setxattr(sys.argv[1], 'system.ntfs_dos_name', b'ALONGN~1.TEX'); print(os.stat(sys.argv[1]).st_nlink)";
    const set = spawnSync('python3', ['-c', setShortName, place.path('a long name of Windows.text')], {
      encoding: 'utf8',
    });
    if (set.status !== 0) return t.skip(set.stderr);
    assert.equal(set.stdout.trim(), '2');
    const report = await place.move({ onChange: 'retry' });
    await place.judge(report, {
      'a long name of Windows.text': 'deleted',
      'linked to.text': 'kept HARD_LINK',
      'the other link': 'kept HARD_LINK',
    });
  });
});

test('on a full file system everything is moved, which makes room', async (t) => {
  const place = await usePlace(t);
  await withMount(t, place.source, ['-t', 'tmpfs', '-o', 'nr_inodes=5', 'tmpfs'], async () => {
    place.add({ one: 'first', 'sub/two': 'second' });
    spawnSync('touch', [place.path('filler')]);
    assert.notEqual(spawnSync('mkdir', [place.path('more')]).status, 0, 'there is room left');
    const report = await place.move({ exclude: ['filler'] });
    assert.deepEqual(fatesOf(report), { one: 'deleted', 'sub/two': 'deleted', filler: 'skipped EXCLUDED' });
    assert.deepEqual(place.ledger.losses(await place.look()), []);
    assert.deepEqual(namesIn(place.source), ['filler']);
  });
});

test('on a full file system a file whose name leaves no room for a claim beside it stays until there is room', async (t) => {
  const place = await usePlace(t);
  await withMount(t, place.source, ['-t', 'tmpfs', '-o', 'nr_inodes=3', 'tmpfs'], async () => {
    const long = 'n'.repeat(250);
    place.add({ [long]: 'content' });
    spawnSync('touch', [place.path('filler')]);
    assert.notEqual(spawnSync('mkdir', [place.path('more')]).status, 0, 'there is room left');
    const report = await place.move({ exclude: ['filler'] });
    assert.equal(fatesOf(report)[long], 'failed DELETE_FAILED');
    unlinkSync(place.path('filler'));
    assert.deepEqual(fatesOf(await place.move()), { [long]: 'deleted' });
    assert.deepEqual(place.ledger.losses(await place.look()), []);
  });
});

test('a claim beside the files that a crash has left on a full file system is put back once there is room', async (t) => {
  const place = await usePlace(t);
  await withMount(t, place.source, ['-t', 'tmpfs', '-o', 'nr_inodes=3', 'tmpfs'], async () => {
    place.add({ one: 'first', two: 'second' });
    const claim = claimBeside(DEAD, 'one');
    renameSync(place.path('one'), place.path(claim));
    // Here even a hard link takes an inode.
    assert.deepEqual(fatesOf(await place.move()), { [claim]: 'failed CLAIM_BLOCKED', two: 'deleted' });
    const next = await place.move();
    assert.deepEqual(fatesOf(next), { one: 'deleted' });
    assert.deepEqual(place.ledger.losses(await place.look()), []);
    assert.equal(next.restored_files, 1);
  });
});

for (const quirk of ['size-0', 'half-size']) {
  for (const deleteAfterUpload of [true, false]) {
    test(`files that hold more than their size says (${quirk}) are neither stored nor deleted (deletion: ${deleteAfterUpload})`, async (t) => {
      const place = await usePlace(t);
      mkdirSync(join(place.root, 'real'));
      await withOddFileSystem(t, join(place.root, 'real'), place.source, [quirk], async () => {
        place.add({ small: 'some bytes', large: Buffer.alloc(24 * MIB, 'large') });
        const report = await place.move({ deleteAfterUpload, resume: true });
        const found = await place.judge(report, {
          small: 'failed SIZE_MISMATCH',
          large: 'failed SIZE_MISMATCH',
        });
        assert.equal(found.objects.size, 0);
      });
    });
  }
}

/** ext4 with inodes of 128 bytes has times of whole seconds, as HFS+, vfat and some NFS servers do. */
test('a second write within the same second is noticed where times are whole seconds', async (t) => {
  const place = await usePlace(t);
  const image = join(place.root, 'image');
  const refused = makeImage(image, 16, ['mkfs.ext4', '-q', '-I', '128']);
  if (refused !== undefined) return t.skip(refused);
  await withMount(t, place.source, ['-o', 'loop', image], async () => {
    // Just after the beginning of a second.
    await sleep(1_010 - (Date.now() % 1_000));
    place.add({ file: 'the first content' });
    place.at('PutObject', 'file', () => {
      writeFileSync(place.path('file'), 'the other content');
      place.note('file');
    });
    const report = await place.move({ exclude: ['lost+found'] });
    await place.judge(report, { file: 'failed FILE_CHANGED' });
  });
});
