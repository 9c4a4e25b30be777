import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { newLockName } from '../../../src/lock/lock-folder.ts';
import { MAX_RECORD_BYTES } from '../../../src/lock/lock-record.ts';
import { folderResource } from '../../../src/lock/resource.ts';
import { HOLDER, plantLock, useLockPlace } from '../../support/locks.ts';
import { filesIn, useFolder } from '../../support/tree.ts';

const RECORD = JSON.stringify({ resources: [folderResource('/data')], holder: HOLDER });
const HOUR_AGO = new Date(Date.now() - 3_600_000);
const WEEK_AGO = new Date(Date.now() - 7 * 24 * 3_600_000);

/** Lets somebody listen where a lock's socket belongs. */
async function listenIn(t: TestContext, folder: string): Promise<void> {
  const server = createServer().listen(join(folder, 'socket'));
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
}

test('a lock whose process number another process has by now holds nothing, and is removed', async (t) => {
  const { place, take, names } = useLockPlace(t);
  // HOLDER is this very process, which lives.
  plantLock(place, RECORD);
  plantLock(place, RECORD, 'claimed');
  const release = await take('/data');
  assert.equal(names().length, 1);
  release();
});

test('a lock of another machine, or of this one before it was started, holds nothing', async (t) => {
  const { place, take, names } = useLockPlace(t);
  const name = newLockName().name.replace(/lock-[0-9a-f]{8}/, 'lock-00000000');
  const folder = join(place, name);
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(folder, 'held.json'), RECORD);
  (await take('/data'))();
  assert.deepEqual(names(), [name], 'it is not removed: its run may live');
  utimesSync(folder, WEEK_AGO, WEEK_AGO);
  (await take('/data'))();
  assert.deepEqual(names(), []);
});

test('the unfinished lock of a killed run is removed later', async (t) => {
  const { place, take, names } = useLockPlace(t);
  const folder = plantLock(place, RECORD, 'draft');
  (await take('/data'))();
  assert.equal(names().length, 1, 'it may be in the making');
  utimesSync(folder, HOUR_AGO, HOUR_AGO);
  (await take('/data'))();
  assert.deepEqual(names(), []);
});

test("folders that are not private, files and links of a lock's name hold nothing and stay", async (t) => {
  const { place, take, names } = useLockPlace(t);
  const shared = plantLock(place, RECORD);
  await listenIn(t, shared);
  chmodSync(shared, 0o755);
  const elsewhere = useFolder(t);
  const real = plantLock(elsewhere, RECORD);
  symlinkSync(real, join(place, newLockName().name));
  writeFileSync(join(place, newLockName().name), RECORD);
  const before = names();
  (await take('/data'))();
  assert.deepEqual(names(), before);
  assert.deepEqual([...filesIn(real).keys()], ['held.json']);
});

for (const [what, record] of [
  ['no JSON', 'no JSON'],
  ['null', 'null'],
  ['a list', '[1]'],
  ['no resources', JSON.stringify({ holder: HOLDER })],
  ['resources of another type', JSON.stringify({ resources: [null, 7], holder: HOLDER })],
  [
    'a range of another type',
    JSON.stringify({ resources: [{ ...folderResource('/data'), range: { to: 1 } }], holder: HOLDER }),
  ],
  ['a holder of another type', JSON.stringify({ resources: [], holder: { ...HOLDER, pid: 'x', since: {} } })],
  ['more than a record can have', `${RECORD}${' '.repeat(MAX_RECORD_BYTES)}`],
] as const) {
  test(`a living run whose record is ${what} may hold anything`, async (t) => {
    const { place, take } = useLockPlace(t);
    await listenIn(t, plantLock(place, record));
    const message = 'Another run is at work on /data: another process.';
    await assert.rejects(take('/data'), { code: 'LOCKED', message });
  });
}

test('control characters of a record do not reach the terminal', async (t) => {
  const { place, take } = useLockPlace(t);
  const name = '/data/\u001b[2J\u202e';
  const resources = [{ ...folderResource('/data'), name }];
  const holder = { ...HOLDER, since: '\u0007', source: 'a\nforged line', target: '\u2028' };
  await listenIn(t, plantLock(place, JSON.stringify({ resources, holder })));
  const message = `Another run is at work on /data/?[2J?: process ${process.pid} since ? (a?forged line to ?).`;
  await assert.rejects(take('/data'), { code: 'LOCKED', message });
});

test('an abort ends the waiting for a run that asks, and neither takes the lock nor steps back', async (t) => {
  const { place, take } = useLockPlace(t);
  await listenIn(t, plantLock(place, RECORD, 'claimed'));
  const stop = new AbortController();
  const waiting = take('/data', { waitSeconds: 3600, signal: stop.signal });
  stop.abort();
  await assert.rejects(waiting, { code: 'LOCKED' });
});
