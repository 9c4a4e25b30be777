/** Claims that somebody else has planted, and claim folders that are taken away in the middle of a deletion. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { isClaimName } from '../../../src/core/reserved-names.ts';
import {
  claimBeside,
  claimFolderOf,
  DEAD,
  ELSEWHERE,
  LEFT_CLAIMS,
  leaveClaimed,
} from '../../support/claims.ts';
import type { Findings } from '../../support/findings.ts';
import { type Place, usePlace } from '../../support/place.ts';
import { fatesOf } from '../../support/run.ts';
import { disturb } from '../../support/system-calls.ts';

const ROOT = { skip: process.getuid?.() === 0 ? false : 'needs root' };
const NOBODY = 65_534;

/** Runs over the whole folder, and over a list with a name that is missing, which looks for claims as well. */
const WAYS = [
  { how: 'a copy', more: { deleteAfterUpload: false } },
  { how: 'a move', more: {} },
  { how: 'a list with a missing name', more: { list: { input: Readable.from([]) } } },
];

function optionsOf(more: (typeof WAYS)[number]['more']) {
  return 'list' in more ? { list: { input: Readable.from([Buffer.from('u/missing\nu/real\n')]) } } : more;
}

/** What is there now. The planted claims themselves are nobody's loss. */
async function lookWithoutLoss(place: Place): Promise<Findings> {
  const found = await place.look();
  assert.deepEqual(place.ledger.losses(found), []);
  return found;
}

interface Trap {
  readonly name: string;
  readonly set: (place: Place) => void;
  readonly reason: RegExp;
}

const NAME = '.s3-backup-claim-b';

const TRAPS: readonly Trap[] = [
  {
    name: 'a link to a folder elsewhere',
    set: (place) => symlinkSync(place.outside, place.path(`u/${NAME}`)),
    reason: /none/,
  },
  {
    name: 'a link to a folder elsewhere, with the name of a real claim',
    set: (place) => symlinkSync(place.outside, place.path(`u/${LEFT_CLAIMS}`)),
    reason: /none/,
  },
  {
    name: 'a link to the folder itself',
    set: (place) => symlinkSync('.', place.path(`u/${LEFT_CLAIMS}`)),
    reason: /none/,
  },
  {
    name: 'a link with the name of a claim beside the file',
    set: (place) => symlinkSync(join(place.outside, 'theirs'), place.path(`u/${claimBeside(DEAD, 'x')}`)),
    reason: /none/,
  },
  {
    name: 'a folder that others may look into',
    set: (place) => {
      mkdirSync(place.path(`u/${LEFT_CLAIMS}`));
      chmodSync(place.path(`u/${LEFT_CLAIMS}`), 0o755);
    },
    reason: /others may use it \(mode 0755\)/,
  },
  {
    name: 'a folder with the name of a claim beside the file',
    set: (place) => mkdirSync(place.path(`u/${claimBeside(DEAD, 'x')}`), { mode: 0o700 }),
    reason: /none/,
  },
];

for (const { how, more } of WAYS) {
  for (const { name, set, reason } of TRAPS) {
    test(`${how} does not take ${name} for claims`, async (t) => {
      const place = await usePlace(t, { 'u/real': 'ours' });
      place.addOutside({ theirs: 'not ours to move', 'x/y': 'either' });
      set(place);
      const before = readdirSync(place.path('u'));
      const report = await place.move(optionsOf(more));
      const found = await lookWithoutLoss(place);
      assert.deepEqual([...found.objects.keys()], ['moved/u/real']);
      assert.equal(found.outside.size, 2);
      const planted = before.find(isClaimName) ?? '';
      assert.ok(readdirSync(place.path('u')).includes(planted));
      if ('list' in more) return;
      const entry = report.files.find(({ path }) => path === `u/${planted}`);
      assert.deepEqual([entry?.fate, entry?.code], ['failed', 'CLAIM_BLOCKED']);
      assert.match(entry?.reason ?? '', reason);
    });
  }
}

test("root leaves another user's claim folder alone", ROOT, async (t) => {
  const place = await usePlace(t, { 'u/real': 'ours' });
  const claimed = place.path(`u/${LEFT_CLAIMS}`);
  mkdirSync(claimed, { mode: 0o700 });
  writeFileSync(join(claimed, 'planted'), 'by nobody');
  chownSync(claimed, NOBODY, NOBODY);
  const report = await place.move();
  const entry = report.files.find(({ path }) => path === `u/${LEFT_CLAIMS}`);
  assert.match(entry?.reason ?? '', /belongs to user 65534, not to 0/);
  assert.deepEqual(readdirSync(claimed), ['planted']);
});

test('only regular files come out of a claim folder', async (t) => {
  const place = await usePlace(t, { 'u/one': 'first' });
  place.addOutside({ theirs: 'not ours' });
  leaveClaimed(place.path('u/one'));
  const claims = place.path(`u/${LEFT_CLAIMS}`);
  symlinkSync(join(place.outside, 'theirs'), join(claims, 'link'));
  mkdirSync(join(claims, 'folder'));
  spawnSync('mkfifo', [join(claims, 'fifo')]);
  const report = await place.move();
  const at = (name: string) => `u/${LEFT_CLAIMS}/${name}`;
  assert.deepEqual(fatesOf(report), {
    'u/one': 'deleted',
    [at('link')]: 'failed CLAIM_BLOCKED',
    [at('folder')]: 'failed CLAIM_BLOCKED',
    [at('fifo')]: 'failed CLAIM_BLOCKED',
  });
  assert.deepEqual(readdirSync(claims).sort(), ['fifo', 'folder', 'link']);
});

test('the parent, mounted as a claim folder of its own, loses nothing', ROOT, async (t) => {
  const place = await usePlace(t, { 'u/one': 'first', 'u/two': 'second' });
  const claims = place.path(`u/${LEFT_CLAIMS}`);
  mkdirSync(claims, { mode: 0o700 });
  chmodSync(place.path('u'), 0o700);
  const bind = spawnSync('mount', ['--bind', place.path('u'), claims], { encoding: 'utf8' });
  if (bind.status !== 0) return t.skip(bind.stderr);
  try {
    const report = await place.move({ deleteAfterUpload: false });
    const entry = report.files.find(({ path }) => path === `u/${LEFT_CLAIMS}`);
    assert.match(entry?.reason ?? '', /mounted there a second time/);
    assert.deepEqual(readdirSync(place.path('u')).sort(), [LEFT_CLAIMS, 'one', 'two']);
  } finally {
    spawnSync('umount', [claims]);
  }
});

/** Takes the claim folder of the run away and puts something else in its place. */
function swapClaimFolder(place: Place, put: (path: string) => void): void {
  const name = readdirSync(place.path('u')).find(isClaimName) ?? '';
  renameSync(place.path(`u/${name}`), place.path('u/taken-away'));
  put(place.path(`u/${name}`));
}

const isClaimOf = (name: string) => (from: unknown) => String(from).endsWith(`/${name}`);

for (const [what, put] of [
  ['a link to a folder with such a file', (place: Place, path: string) => symlinkSync(place.outside, path)],
  [
    'a folder with such a file',
    (_place: Place, path: string) => {
      mkdirSync(path, { mode: 0o700 });
      writeFileSync(join(path, 'one'), 'planted');
    },
  ],
] as const) {
  test(`a claim folder that is swapped for ${what} once the file is in it deletes no other`, async (t) => {
    const place = await usePlace(t, { 'u/one': 'first' });
    place.addOutside({ one: 'not ours to delete' });
    disturb(t, {
      call: 'renameSync',
      fits: isClaimOf('one'),
      when: 'after',
      act: () => swapClaimFolder(place, (path) => put(place, path)),
    });
    assert.deepEqual(fatesOf(await place.move()), { 'u/one': 'deleted' });
    assert.equal((await lookWithoutLoss(place)).objects.size, 1);
  });

  test(`a claim folder that is swapped for ${what} before the file is in it is not used`, async (t) => {
    const place = await usePlace(t, { 'u/one': 'first' });
    place.addOutside({ one: 'not ours to replace' });
    disturb(t, {
      call: 'mkdirSync',
      fits: (path) => /claim-/.test(String(path)),
      when: 'after',
      act: () => swapClaimFolder(place, (path) => put(place, path)),
    });
    await place.move();
    await lookWithoutLoss(place);
    if (what.startsWith('a folder'))
      assert.ok(readdirSync(place.path('u')).some((name) => existsSync(place.path(`u/${name}/one`))));
  });
}

test('a file that is put back goes to the folder that it is from, whatever stands under its name', async (t) => {
  const place = await usePlace(t, { 'u/one': 'first' });
  place.addOutside({ 'decoy/': '' });
  disturb(t, {
    call: 'renameSync',
    fits: isClaimOf('one'),
    when: 'after',
    act: () => {
      const name = readdirSync(place.path('u')).find(isClaimName) ?? '';
      writeFileSync(place.path(`u/${name}/one`), 'FIRST');
      place.note(`u/${name}/one`);
      renameSync(place.path('u'), place.path('moved'));
      symlinkSync(join(place.outside, 'decoy'), place.path('u'));
    },
  });
  const report = await place.move();
  assert.deepEqual(fatesOf(report), { 'u/one': 'failed FILE_CHANGED' });
  assert.equal(readFileSync(place.path('moved/one'), 'utf8'), 'FIRST');
  assert.deepEqual(readdirSync(join(place.outside, 'decoy')), []);
});

test('a folder that is moved away after its files were claimed keeps all of them', async (t) => {
  const names = Array.from({ length: 12 }, (_, n) => `file-${n}`);
  const place = await usePlace(t, Object.fromEntries(names.map((name) => [`u/${name}`, name])));
  place.addOutside({ 'new/': '' });
  // Those that an earlier batch has deleted are gone: how many that are, the store's answers decide.
  let left: string[] = [];
  disturb(t, {
    call: 'renameSync',
    fits: isClaimOf('file-0'),
    when: 'after',
    act: () => {
      left = readdirSync(place.path('u'), { recursive: true })
        .map((path) => basename(String(path)))
        .filter((name) => names.includes(name));
      renameSync(place.path('u'), join(place.outside, 'new/u'));
      place.noteOutside();
      for (const name of left) place.forget(`u/${name}`);
    },
  });
  const report = await place.move();
  const fates = names.map((name) => [`u/${name}`, left.includes(name) ? 'failed FILE_CHANGED' : 'deleted']);
  assert.deepEqual(fatesOf(report), Object.fromEntries(fates));
  assert.ok(left.includes('file-0'));
  assert.deepEqual(readdirSync(join(place.outside, 'new/u')).sort(), left.sort());
});

for (const [what, put] of [
  ['a folder', (path: string) => mkdirSync(path)],
  ['a link', (path: string) => symlinkSync('nowhere', path)],
  ['a FIFO', (path: string) => void spawnSync('mkfifo', [path])],
  ['another file', (path: string) => writeFileSync(path, 'other')],
] as const) {
  test(`${what} that takes the place of the file just before the claim is put back`, async (t) => {
    const place = await usePlace(t, { 'u/one': 'first' });
    disturb(t, {
      call: 'renameSync',
      fits: isClaimOf('one'),
      when: 'before',
      act: () => {
        renameSync(place.path('u/one'), place.path('u/elsewhere'));
        place.forget('u/one');
        put(place.path('u/one'));
      },
    });
    const report = await place.move();
    assert.deepEqual(fatesOf(report), { 'u/one': 'failed FILE_CHANGED' });
    assert.deepEqual(readdirSync(place.path('u')).sort(), ['elsewhere', 'one']);
  });
}

test('the claims of a run elsewhere are left alone while it may live', async (t) => {
  const place = await usePlace(t, { 'u/one': 'first', 'u/two': 'second' });
  leaveClaimed(place.path('u/one'), claimFolderOf(ELSEWHERE));
  const beside = claimBeside(ELSEWHERE, 'two');
  renameSync(place.path('u/two'), place.path(`u/${beside}`));
  const report = await place.move();
  const waiting = 'skipped CLAIMED_ELSEWHERE';
  assert.deepEqual(fatesOf(report), {
    [`u/${claimFolderOf(ELSEWHERE)}`]: waiting,
    [`u/${beside}`]: waiting,
  });
  assert.equal(report.exit_code, 0);
  assert.deepEqual(readdirSync(place.path('u')).sort(), [claimFolderOf(ELSEWHERE), beside].sort());
});

test('a claim of a run elsewhere that is older than an hour is put back', async (t) => {
  const place = await usePlace(t, { 'u/one': 'first', 'u/two': 'second' });
  for (const [name, folder] of [
    ['u/one', claimFolderOf(ELSEWHERE)],
    ['u/two', '.s3-backup-claim-0123456789abcdef'],
  ] as const) {
    leaveClaimed(place.path(name), folder);
    const longAgo = Date.now() / 1000 - 3_700;
    utimesSync(place.path(`u/${folder}`), longAgo, longAgo);
  }
  const found = await place.judge(await place.move(), { 'u/one': 'deleted', 'u/two': 'deleted' });
  assert.deepEqual(found.claimFolders, []);
});

test('a list that names a claim says so, and takes nothing of it', async (t) => {
  const place = await usePlace(t, { 'u/one': 'first' });
  leaveClaimed(place.path('u/one'), claimFolderOf(ELSEWHERE));
  const named = `u/${claimFolderOf(ELSEWHERE)}/one`;
  const report = await place.move({ list: { input: Readable.from([Buffer.from(named)]) } });
  assert.deepEqual(fatesOf(report), { [named]: 'skipped OWN_FILE' });
});
