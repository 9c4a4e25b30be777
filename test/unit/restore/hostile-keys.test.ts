import assert from 'node:assert/strict';
import { linkSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathTrouble } from '../../../src/core/safe-path.ts';
import { endsOf, useRestorePlace } from '../../support/restore.ts';
import { namesIn } from '../../support/tree.ts';

const UNSAFE = [
  '..',
  '../out',
  'a/../../out',
  'a/..',
  './a',
  'a/./b',
  '.',
  '/etc/passwd',
  'a//b',
  '//',
  'nul\0byte',
  'a/../b',
];

test('keys that are no paths below the folder are refused, and nothing is written for them', async (t) => {
  const place = await useRestorePlace(t);
  for (const key of [...UNSAFE, 'good']) await place.put(`p/${key}`, 'hostile');

  const report = await place.restore({ prefix: 'p' });

  const expected = Object.fromEntries(UNSAFE.map((key) => [`p/${key}`, 'failed UNSAFE_KEY']));
  assert.deepEqual(endsOf(report), { ...expected, 'p/good': 'restored' });
  assert.equal(report.exit_code, 2);
  assert.deepEqual(namesIn(place.root), ['to', 'to/good']);
});

test('forbidden parts of a path are found for each system', () => {
  const ends = (path: string, platform: NodeJS.Platform = 'linux') =>
    pathTrouble(path, platform)?.code ?? 'ok';
  for (const path of ['a', '-', '...', '..a', 'a\nb', 'a\\..\\b', 'C:', ' ', 'x'.repeat(255)])
    assert.equal(ends(path), 'ok', path);
  assert.equal(ends('x'.repeat(256)), 'NAME_TOO_LONG');
  assert.equal(ends(`a/${'é'.repeat(128)}/b`), 'NAME_TOO_LONG');
  for (const path of [
    'C:',
    'C:/x',
    'a\\b',
    'a\\..\\b',
    'con',
    'a/NUL.txt',
    'com1',
    'x ',
    'x.',
    'a?',
    'a\u0001',
  ]) {
    assert.equal(ends(path, 'win32'), 'UNSAFE_KEY', path);
  }
  assert.equal(ends('console/null.txt', 'win32'), 'ok');
});

test('a name that is too long fails alone', async (t) => {
  const place = await useRestorePlace(t);
  await place.put(`${'x'.repeat(256)}`, 'long');
  await place.put('short', 'short');
  const report = await place.restore();
  assert.deepEqual(endsOf(report), { ['x'.repeat(256)]: 'failed NAME_TOO_LONG', short: 'restored' });
});

test('links that somebody planted in the folder are never followed', async (t) => {
  const place = await useRestorePlace(t);
  const outside = join(place.root, 'outside');
  mkdirSync(join(outside, 'deep'), { recursive: true });
  writeFileSync(join(outside, 'victim'), 'precious');
  mkdirSync(place.to);
  mkdirSync(place.path('real'));
  symlinkSync(outside, place.path('linked'));
  symlinkSync('../../outside', place.path('real/linked'));
  symlinkSync(join(outside, 'victim'), place.path('file'));
  symlinkSync(join(outside, 'new'), place.path('dangling'));
  const keys = [
    'linked/victim',
    'linked/new',
    'linked/deep/new',
    'real/linked/new',
    'linked/made/new',
    'file',
    'dangling',
  ];
  for (const key of keys) await place.put(key, 'hostile!');

  const report = await place.restore();

  const stopped = keys.slice(0, 5).map((key) => [key, 'failed OUTSIDE_TARGET']);
  assert.deepEqual(endsOf(report), {
    ...Object.fromEntries(stopped),
    file: 'failed LOCAL_FILE_DIFFERS',
    dangling: 'failed LOCAL_FILE_DIFFERS',
  });
  const overwriting = await place.restore({ overwrite: true });
  assert.deepEqual(endsOf(overwriting), {
    ...Object.fromEntries(stopped),
    file: 'restored',
    dangling: 'restored',
  });
  assert.deepEqual(namesIn(outside), ['deep', 'victim']);
  assert.equal(readFileSync(join(outside, 'victim'), 'utf8'), 'precious');
  assert.equal(place.content().file, 'hostile!');
});

test('a folder that is replaced by a link while its file is fetched is not followed', async (t) => {
  const place = await useRestorePlace(t);
  const outside = join(place.root, 'outside');
  mkdirSync(outside);
  await place.put('folder/file', 'content');
  place.server.faults.plan({
    operation: 'GetObject',
    do: {
      kind: 'call',
      run: () => {
        mkdirSync(place.to, { recursive: true });
        symlinkSync(outside, place.path('folder'));
      },
    },
  });
  const report = await place.restore();
  assert.deepEqual(endsOf(report), { 'folder/file': 'failed OUTSIDE_TARGET' });
  assert.deepEqual(namesIn(outside), []);
});

test('another file under the temporary name is neither followed nor written to', async (t) => {
  const place = await useRestorePlace(t);
  const victim = join(place.root, 'victim');
  writeFileSync(victim, 'precious');
  for (const key of ['small', 'large'])
    await place.put(key, Buffer.alloc(key === 'small' ? 10 : 9_000_000, key));
  // Learnt from a first restore that does not come to its end.
  place.server.faults.plan({
    operation: 'GetObject',
    times: Number.POSITIVE_INFINITY,
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  await place.restore();
  place.server.faults.clear();
  const [temporary = ''] = namesIn(place.to);
  assert.match(temporary, /^\.s3-backup-restore-[0-9a-f]{24}$/);
  for (const plant of [
    () => symlinkSync(victim, place.path(temporary)),
    () => linkSync(victim, place.path(temporary)),
  ]) {
    unlinkSync(place.path(temporary));
    plant();
    const report = await place.restore({ overwrite: true });
    assert.deepEqual(report.errors, []);
    assert.equal(readFileSync(victim, 'utf8'), 'precious');
    assert.deepEqual(namesIn(place.to), ['large', 'small']);
    unlinkSync(place.path('large'));
    writeFileSync(place.path(temporary), '');
  }
});

test('keys of the program itself, and names that runs and restores use, are left out', async (t) => {
  const place = await useRestorePlace(t);
  const temporary = '.s3-backup-restore-0123456789abcdef01234567';
  const claim = '.s3-backup-claim-0123456789abcdef';
  const lock = '.s3-backup-lock-0123abcd-0123456789ab';
  const own = [
    'p/.s3-backup/runs/1.json',
    ...[temporary, claim, '.s3-backup-claim-', lock].flatMap((name) => [
      `p/${name}`,
      `p/a/${name}`,
      `p/${name}/x`,
      `p/a/${name}/b/x`,
      `p/b/${name}/`,
    ]),
  ];
  const others = [
    'p/a/.s3-backup/x',
    'p/.s3-backup2',
    'p/.s3-backup-claim',
    'p/x.s3-backup-claim-1',
    'p/.S3-backup-claim-1',
  ];
  for (const key of [...own, ...others]) await place.put(key, key.endsWith('/') ? '' : 'x');
  const report = await place.restore({ prefix: 'p' });
  assert.deepEqual(endsOf(report), {
    ...Object.fromEntries(own.map((key) => [key, 'skipped OWN_OBJECT'])),
    ...Object.fromEntries(others.map((key) => [key, 'restored'])),
  });
  assert.deepEqual(namesIn(place.to), [
    '.S3-backup-claim-1',
    '.s3-backup-claim',
    '.s3-backup2',
    'a',
    'a/.s3-backup',
    'a/.s3-backup/x',
    'x.s3-backup-claim-1',
  ]);
  assert.equal(report.exit_code, 0);
});

test('no link gets a name that a later backup would take for a claim of a crashed run', async (t) => {
  const place = await useRestorePlace(t);
  const keys = ['.s3-backup-claim-b.rclonelink', 'u/.s3-backup-claim-b.rclonelink'];
  for (const key of keys) await place.put(key, place.root);
  for (const links of [true, false]) {
    const report = await place.restore({ links });
    assert.deepEqual(endsOf(report), Object.fromEntries(keys.map((key) => [key, 'skipped OWN_OBJECT'])));
  }
  assert.deepEqual(place.content(), {});
});
