import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockPlaces } from '../../../src/lock/places.ts';
import { folderResource } from '../../../src/lock/resource.ts';
import { takeLocks } from '../../../src/lock/take-locks.ts';
import { HOLDER, useLockPlace } from '../../support/locks.ts';
import { useFolder } from '../../support/tree.ts';

const isWindows = process.platform === 'win32';
const options = { resources: [folderResource('/data')], holder: HOLDER };

test('two runs that share one of their places exclude each other', async (t) => {
  const [one, shared, other] = [useFolder(t), useFolder(t), useFolder(t)];
  const release = await takeLocks(options, [one, shared]);
  await assert.rejects(takeLocks(options, [shared, other]), { code: 'LOCKED' });
  (await takeLocks(options, [other]))();
  release();
  for (const place of [one, shared, other]) assert.deepEqual(readdirSync(place), []);
});

test('places that cannot be used are skipped', async (t) => {
  const { place } = useLockPlace(t);
  const file = join(useFolder(t), 'file');
  writeFileSync(file, '');
  const release = await takeLocks(options, [join(place, 'missing'), file, place]);
  await assert.rejects(takeLocks(options, [place]), { code: 'LOCKED' });
  release();
});

test('if no place can be used, one line names each with its reason', async (t) => {
  const folder = useFolder(t);
  writeFileSync(join(folder, 'file'), '');
  // Node.js 20 would make a socket of another name.
  const long = join(folder, 'x'.repeat(100));
  mkdirSync(long);
  const places = ['missing', 'file'].map((name) => join(folder, name));
  const unavailable = {
    code: 'LOCK_UNAVAILABLE',
    message: `No lock can be made that keeps other runs off the same files: ${places[0]}: access ENOENT; ${places[1]}: mkdir ENOTDIR; ${long}: its path is too long for a socket in it.`,
  };
  await assert.rejects(takeLocks(options, [...places, long]), unavailable);
  assert.deepEqual(readdirSync(long), []);
  assert.deepEqual(readdirSync(folder).sort(), ['file', 'x'.repeat(100)]);
});

test('a place that others could change is refused', { skip: isWindows && 'no modes' }, async (t) => {
  const place = useFolder(t);
  chmodSync(place, 0o777);
  await assert.rejects(takeLocks(options, [place]), {
    code: 'LOCK_UNAVAILABLE',
    message: /others may write to it, and it has no sticky bit/,
  });
  const inside = join(place, 'inside');
  mkdirSync(inside);
  await assert.rejects(takeLocks(options, [inside]), /may be written to by others \(mode 0777\)/);
  assert.deepEqual([...readdirSync(place), ...readdirSync(inside)], ['inside']);
  chmodSync(place, 0o1777);
  (await takeLocks(options, [place]))();
});

test('a lock that was taken away in one place is still held in another', async (t) => {
  const [one, other] = [useFolder(t), useFolder(t)];
  const release = await takeLocks(options, [one, other]);
  for (const name of readdirSync(one)) rmSync(join(one, name), { recursive: true });
  await assert.rejects(takeLocks(options, [one, other]), { code: 'LOCKED' });
  release();
  (await takeLocks(options, [one, other]))();
});

test("a lock's files are touched, so that cleaners of temporary folders leave them", async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { place, names } = useLockPlace(t);
  const release = await takeLocks(options, [place]);
  const [name = ''] = names();
  const paths = [join(place, name), join(place, name, 'held.json')];
  const begin = Date.now();
  for (const path of paths) utimesSync(path, 0, 0);
  t.mock.timers.tick(3_600_000);
  // A file system may give times of whole seconds.
  for (const path of paths) assert.ok(statSync(path).mtimeMs > begin - 2_000, path);
  release();
});

test('the places do not depend on the environment, but for TMPDIR as one more', { skip: isWindows }, (t) => {
  const folder = useFolder(t);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  const places = lockPlaces();
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  assert.deepEqual(places.slice(-1), [folder]);
  assert.deepEqual(
    places.slice(0, -1).map((place) => place.replace('/private', '')),
    ['/dev/shm', '/tmp'],
  );
});
