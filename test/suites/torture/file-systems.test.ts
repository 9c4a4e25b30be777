import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeReadOnly, withAttribute, withMount } from '../../support/mounts.ts';
import { usePlace } from '../../support/place.ts';
import { addFiles } from '../../support/tree.ts';

const FILES = { one: 'first', 'sub/two': 'second', 'sub/three': 'third' };

test('from a read-only file system everything is uploaded, and what cannot be deleted is said to be here', async (t) => {
  const place = await usePlace(t);
  const real = join(place.root, 'real');
  addFiles(real, FILES);
  await withMount(t, place.source, ['--bind', real], async () => {
    assert.equal(makeReadOnly(place.source), undefined);
    for (const name of Object.keys(FILES)) place.note(name);
    const refused = 'failed DELETE_FAILED';
    const report = await place.move();
    const found = await place.judge(report, { one: refused, 'sub/two': refused, 'sub/three': refused });
    assert.equal(found.objects.size, 3);
  });
});

test('an immutable file is uploaded and stays', async (t) => {
  const place = await usePlace(t, FILES);
  await withAttribute(t, place.path('sub/two'), 'i', async () => {
    const report = await place.move();
    const found = await place.judge(report, {
      one: 'deleted',
      'sub/two': 'failed DELETE_FAILED',
      'sub/three': 'deleted',
    });
    assert.deepEqual(found.claimFolders, []);
  });
});

for (const [attribute, what] of [
  ['i', 'immutable'],
  ['a', 'append-only'],
] as const) {
  test(`the files of an ${what} folder are uploaded and stay, and the run goes on`, async (t) => {
    const place = await usePlace(t, FILES);
    await withAttribute(t, place.path('sub'), attribute, async () => {
      const report = await place.move();
      assert.equal(report.error, null);
      const found = await place.look();
      assert.deepEqual(place.ledger.losses(found, { claims: true }), []);
      assert.equal(found.files.size + found.claimed.size, 2);
      assert.equal(report.counts.failed, 2);
      assert.equal(report.counts.deleted, 1);
    });
    // Free again, the next run ends the work.
    const next = await place.move();
    assert.equal(next.exit_code, 0);
    const found = await place.look();
    assert.deepEqual(place.ledger.losses(found), []);
    assert.equal(found.files.size + found.claimFolders.length, 0);
  });
}

for (const oneFileSystem of [true, false]) {
  test(`files on another file system below the source (oneFileSystem: ${oneFileSystem})`, async (t) => {
    const place = await usePlace(t, { here: 'on the source’s own' });
    await withMount(t, place.path('other'), ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs'], async () => {
      place.add({ 'other/there': 'on the other' });
      const report = await place.move({ oneFileSystem });
      const wanted = oneFileSystem
        ? { here: 'deleted', other: 'skipped OTHER_FILE_SYSTEM' }
        : { here: 'deleted', 'other/there': 'deleted' };
      await place.judge(report, wanted);
      assert.ok(existsSync(place.path('other')), 'a mount point is not removed');
    });
  });
}

test('a file that is itself a mount point is uploaded and stays', async (t) => {
  const place = await usePlace(t, { one: 'first', mounted: '' });
  const real = join(place.root, 'real');
  writeFileSync(real, 'what is mounted over it');
  const bind = spawnSync('mount', ['--bind', real, place.path('mounted')], { encoding: 'utf8' });
  if (bind.status !== 0) return t.skip(bind.stderr ?? 'no mount');
  try {
    place.note('mounted');
    await place.judge(await place.move(), { one: 'deleted', mounted: 'failed DELETE_FAILED' });
  } finally {
    spawnSync('umount', [place.path('mounted')]);
  }
});

test('a file system that is taken away in the middle costs failures only', async (t) => {
  const place = await usePlace(t, { stays: 'on the source’s own' });
  const point = place.path('medium');
  await withMount(t, point, ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs'], async () => {
    place.add({ 'medium/one': 'on the medium', 'medium/two': 'as well' });
    // As when a stick is pulled: nothing of it can be found under its name any more.
    place.at('HeadObject', 'medium/one', () => {
      spawnSync('umount', ['-l', point]);
      place.forget('medium/one');
      place.forget('medium/two');
    });
    const report = await place.move({ concurrency: 1 });
    assert.equal(report.error, null);
    await place.judge(report);
  });
});
