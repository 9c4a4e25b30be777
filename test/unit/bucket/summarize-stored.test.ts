import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredObject } from '../../../src/bucket/list-stored.ts';
import { summarizeStored } from '../../../src/bucket/summarize-stored.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const DAY_MS = 86_400_000;

function stored(daysAgo: number | null, size: number | null, storageClass = 'STANDARD'): StoredObject {
  const path = `${daysAgo}-${size}`;
  const time = daysAgo === null ? null : new Date(NOW - daysAgo * DAY_MS).toISOString();
  return { path, key: path, size, stored: time, class: storageClass, etag: null, proof: 'md5' };
}

async function* listed(objects: readonly StoredObject[]) {
  yield* objects;
}

test('each object counts once among the ages and once among the classes, the largest class first', async () => {
  const objects = [
    ...[0, 0.99, 1, 6.9, 7, 30, 89, 90, 364, 365, 5_000].map((days) => stored(days, 1)),
    stored(null, 2),
    stored(2, null, 'GLACIER'),
    stored(2, 1_000, 'DEEP_ARCHIVE'),
    stored(-1, 4),
  ];
  const { classes, ages, ...total } = await summarizeStored(listed(objects), () => NOW);
  assert.deepEqual(total, { objects: 15, bytes: 1_017 });
  assert.deepEqual(classes, [
    { class: 'DEEP_ARCHIVE', objects: 1, bytes: 1_000 },
    { class: 'STANDARD', objects: 13, bytes: 17 },
    { class: 'GLACIER', objects: 1, bytes: 0 },
  ]);
  assert.deepEqual(
    ages.map(({ younger_than_days: days, objects: count, bytes }) => [days, count, bytes]),
    [
      [1, 3, 6],
      [7, 4, 1_002],
      [30, 1, 1],
      [90, 2, 2],
      [365, 2, 2],
      [null, 3, 4],
    ],
  );
});

test('nothing at all is no class, and every age with 0', async () => {
  const { classes, ages, objects } = await summarizeStored(listed([]), () => NOW);
  assert.deepEqual([objects, classes, ages.length], [0, [], 6]);
});
