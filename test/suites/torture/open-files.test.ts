import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { hasPython, useMapping, useOpenWriter } from '../../support/helper-process.ts';
import { usePlace } from '../../support/place.ts';
import { fatesOf } from '../../support/run.ts';

const LINUX = process.platform === 'linux' ? false : 'writers can be seen on Linux only';
const MAPS = LINUX || (hasPython ? false : 'python3 is not installed');

test('a file that a process keeps open for writing is uploaded and kept', { skip: LINUX }, async (t) => {
  const place = await usePlace(t, { log: 'first line\n', other: 'closed' });
  await useOpenWriter(t, place.path('log'));
  await place.judge(await place.move(), { log: 'kept OPEN_FOR_WRITING', other: 'deleted' });
});

test('what that process writes next is not lost', { skip: LINUX }, async (t) => {
  const place = await usePlace(t, { log: 'first line\n' });
  const writer = await useOpenWriter(t, place.path('log'));
  await place.judge(await place.move(), { log: 'kept OPEN_FOR_WRITING' });
  await writer.tell('second line');
  place.note('log');
  await writer.end();
  const report = await place.move({ overwrite: 'if-different' });
  await place.judge(report, { log: 'deleted' });
});

test('a file that is written to all the time is not lost with deleteOpenFiles', {
  skip: LINUX,
}, async (t) => {
  const place = await usePlace(t, { log: 'first line\n' });
  const writer = await useOpenWriter(t, place.path('log'));
  const write = async () => {
    await writer.tell('more');
    place.note('log');
  };
  for (const skip of [0, 1, 2]) place.at('PutObject', 'log', write, skip);
  const report = await place.move({ onChange: 'retry', deleteOpenFiles: true });
  await place.judge(report, { log: 'failed FILE_CHANGED' });
});

test('a file that a process has mapped for writing is uploaded and kept', { skip: MAPS }, async (t) => {
  const place = await usePlace(t, { mapped: 'what was there' });
  const mapping = await useMapping(t, place.path('mapped'));
  await place.judge(await place.move(), { mapped: 'kept OPEN_FOR_WRITING' });
  await mapping.tell('write THIS');
  assert.match(readFileSync(place.path('mapped'), 'utf8'), /^THIS/);
});

test('a first write through a new mapping is noticed by its time', { skip: MAPS }, async (t) => {
  const place = await usePlace(t, { mapped: 'what was there' });
  place.at('PutObject', 'mapped', async () => {
    const mapping = await useMapping(t, place.path('mapped'));
    await mapping.tell('write THIS');
    await mapping.end();
    place.note('mapped');
  });
  await place.judge(await place.move(), { mapped: 'failed FILE_CHANGED' });
});

test('a write through a mapping that leaves mtime and ctime as they were, and is then gone, is not lost', {
  skip: MAPS,
}, async (t) => {
  const place = await usePlace(t, { mapped: 'what was there' });
  const mapping = await useMapping(t, place.path('mapped'));
  place.at('PutObject', 'mapped', async () => {
    await mapping.tell('write THIS');
    await mapping.tell('close');
    place.note('mapped');
  });
  await place.judge(await place.move(), { mapped: 'failed FILE_CHANGED' });
});

test('a file that was open for writing when it was read is kept, although nobody has it open any more', {
  skip: LINUX,
}, async (t) => {
  // A write that began before the file was opened changes its times at its beginning only.
  const place = await usePlace(t, { young: 'first line\n', other: 'closed' });
  const writer = await useOpenWriter(t, place.path('young'));
  place.at('PutObject', 'young', () => writer.end());
  await place.judge(await place.move(), { young: 'kept OPEN_FOR_WRITING', other: 'deleted' });
  assert.equal(fatesOf(await place.move()).young, 'deleted');
});

test('a sparse file arrives with its holes as zeros, and goes', async (t) => {
  const place = await usePlace(t);
  const truncate = spawnSync('truncate', ['-s', '11M', place.path('sparse')]);
  assert.equal(truncate.status, 0);
  const { blocks } = statSync(place.path('sparse'));
  assert.ok(blocks * 512 < 11 * 1024 * 1024, 'this file system has no sparse files');
  place.note('sparse');
  await place.judge(await place.move(), { sparse: 'deleted' });
});
