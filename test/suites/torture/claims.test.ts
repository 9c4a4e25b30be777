import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { LEFT_CLAIMS, leaveClaimed } from '../../support/claims.ts';
import { type Place, usePlace } from '../../support/place.ts';

/** As a run leaves it that is killed between the claim and the deletion. */
const claim = (place: Place, name: string): string => leaveClaimed(place.path(name));

test('files that a crashed run left claimed are put back, and the report says how many', async (t) => {
  const place = await usePlace(t, {
    one: 'first',
    'sub/two': 'second',
    'sub/three': 'third',
    four: 'fourth',
  });
  for (const name of ['one', 'sub/two', 'sub/three']) claim(place, name);
  const report = await place.move();
  const all = { one: 'deleted', 'sub/two': 'deleted', 'sub/three': 'deleted', four: 'deleted' };
  const found = await place.judge(report, all);
  assert.equal(report.restored_files, 3);
  assert.deepEqual(found.claimFolders, []);
});

test('a copy puts them back as well', async (t) => {
  const place = await usePlace(t, { one: 'first' });
  claim(place, 'one');
  await place.judge(await place.move({ deleteAfterUpload: false }), { one: 'kept' });
});

test('a file that has taken the name meanwhile is not overwritten, and neither is lost', async (t) => {
  const place = await usePlace(t, { 'sub/one': 'the old one' });
  const claimed = claim(place, 'sub/one');
  writeFileSync(place.path('sub/one'), 'the new one');
  const old = statSync(claimed).size;
  place.note('sub/one');
  const report = await place.move();
  const blocked = `sub/${LEFT_CLAIMS}/one`;
  const found = await place.judge(report, { 'sub/one': 'deleted', [blocked]: 'failed CLAIM_BLOCKED' });
  assert.equal(found.claimed.get('sub/one')?.size, old);
});

test('once its name is free again, the old one follows', async (t) => {
  const place = await usePlace(t, { one: 'the old one' });
  claim(place, 'one');
  writeFileSync(place.path('one'), 'the new one');
  await place.move();
  assert.equal(existsSync(place.path('one')), false);
  const report = await place.move({ overwrite: 'if-different' });
  await place.judge(report, { one: 'deleted' });
});

test('a run that was killed while it put a file back left it with two names: one goes', async (t) => {
  const place = await usePlace(t, { one: 'first' });
  const claimed = claim(place, 'one');
  linkSync(claimed, place.path('one'));
  const found = await place.judge(await place.move(), { one: 'deleted' });
  assert.deepEqual(found.claimFolders, []);
});

test('an empty claim folder goes', async (t) => {
  const place = await usePlace(t, { one: 'first' });
  mkdirSync(place.path(LEFT_CLAIMS), { mode: 0o700 });
  const found = await place.judge(await place.move(), { one: 'deleted' });
  assert.deepEqual(found.claimFolders, []);
});

test('a run over a list finds a file that was left claimed', async (t) => {
  const place = await usePlace(t, { 'sub/one': 'first', two: 'second' });
  claim(place, 'sub/one');
  const report = await place.move({ list: { input: Readable.from([Buffer.from('sub/one\ntwo\n')]) } });
  await place.judge(report, { 'sub/one': 'deleted', two: 'deleted' });
  assert.equal(report.restored_files, 1);
});

test('a dry run leaves them where they are, and says so', async (t) => {
  const place = await usePlace(t, { one: 'first' });
  claim(place, 'one');
  const report = await place.move({ dryRun: true });
  assert.match(JSON.stringify(report.files), /left by a run that crashed/);
  const found = await place.look();
  assert.deepEqual(place.ledger.losses(found, { claims: true }), []);
  assert.equal(found.claimed.size, 1);
});
