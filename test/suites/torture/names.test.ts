import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { contentOf } from '../../support/findings.ts';
import { type Place, usePlace } from '../../support/place.ts';

const NAMES = [
  'line\nbreak',
  'carriage\rreturn',
  'tab\tand bell\u0007',
  'escape \u001b[31m red',
  'quote " and \' and `',
  'back\\slash',
  'space at the end ',
  ' ',
  '-rf',
  '.hidden',
  '...',
  '%2e%2e%2f',
  'a+b&c=d?e#f',
  '<xml>&amp;<xml>',
  '*?[a-z]{b,c}!',
  '😀 \u{1F468}\u200d\u{1F469}',
  'right\u202eto left',
  'U+FFFD \uFFFD really',
  'x'.repeat(255),
  '€'.repeat(85),
  'CON',
];

test('files of unusual names are moved under exactly these keys', async (t) => {
  const files = Object.fromEntries(NAMES.map((name) => [name, `content of ${JSON.stringify(name)}`]));
  const place = await usePlace(t, files);
  await place.judge(await place.move(), Object.fromEntries(NAMES.map((name) => [name, 'deleted'])));
});

test('so are files in folders of such names, and the folders go', async (t) => {
  const paths = NAMES.map((name) => `${name}/${name}`);
  const place = await usePlace(t, Object.fromEntries(paths.map((path) => [path, JSON.stringify(path)])));
  const report = await place.move();
  await place.judge(report, Object.fromEntries(paths.map((path) => [path, 'deleted'])));
  assert.equal(report.removed_folders, NAMES.length);
});

test('two names that differ in their Unicode form only are two files and two objects', async (t) => {
  const place = await usePlace(t, { 'caf\u00e9': 'composed', 'cafe\u0301': 'decomposed' });
  await place.judge(await place.move(), { 'caf\u00e9': 'deleted', 'cafe\u0301': 'deleted' });
});

test('where the store folds forms or case, neither of two such files is sent or lost', async (t) => {
  const place = await usePlace(t, {
    'caf\u00e9': 'composed',
    'cafe\u0301': 'decomposed',
    README: 'upper case',
    readme: 'lower case',
    other: 'no twin',
  });
  const report = await place.move({ keyFolding: 'both' });
  const collides = 'failed KEY_COLLISION';
  const found = await place.judge(report, {
    'caf\u00e9': collides,
    'cafe\u0301': collides,
    README: collides,
    readme: collides,
    other: 'deleted',
  });
  assert.equal(found.objects.size, 1);
});

test('a key that is too long for S3 fails, and its file stays', async (t) => {
  const path = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(250)).join('/');
  const place = await usePlace(t, { [path]: 'far down', near: 'bytes' });
  await place.judge(await place.move(), { [path]: 'failed KEY_TOO_LONG', near: 'deleted' });
});

/** Adds a file whose name is these bytes. */
function addRaw(place: Place, raw: string, content: string): void {
  const path = Buffer.concat([Buffer.from(`${place.source}/`), Buffer.from(raw, 'latin1')]);
  const slash = path.lastIndexOf('/');
  mkdirSync(path.subarray(0, slash), { recursive: true });
  writeFileSync(path, content);
  place.ledger.note(raw, contentOf(Buffer.from(content)));
}

const LINUX = process.platform === 'linux' ? false : 'only Linux has names that are not UTF-8';

test('names that are not UTF-8 are left alone, and no other file is taken for them', {
  skip: LINUX,
}, async (t) => {
  const place = await usePlace(t, { 'twin \uFFFD': 'this is its name', plain: 'bytes' });
  addRaw(place, 'twin \xff', 'this one only looks like it');
  addRaw(place, 'twin \xfe', 'and this one');
  addRaw(place, 'latin1 caf\xe9', 'no twin');
  addRaw(place, 'folder \xff/inner', 'below');
  const report = await place.move();
  const found = await place.judge(report);
  assert.deepEqual([...found.objects.keys()].sort(), ['moved/plain', 'moved/twin \uFFFD']);
  assert.equal(report.files.filter(({ code }) => code === 'NAME_NOT_UTF8').length, 4);
});
