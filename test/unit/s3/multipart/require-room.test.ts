import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { requireRoom } from '../../../../src/s3/multipart/require-room.ts';
import { partSizeFor } from '../../../../src/s3/parts.ts';
import { MIB } from '../../../support/run.ts';

const GIB = 1024 * MIB;
const TB = 10 ** 12;
const MOST = 10_000 * 5 * GIB;
const ENDLESS = { partSizeBytes: 8 * MIB, memoryBytes: 2 ** 50 };

test('parts are whole MiB, equal, at most 10,000, and no larger than needed', () => {
  const sizes = fc.oneof(fc.integer({ min: 1, max: MOST }), fc.integer({ min: 1, max: 100 * GIB }));
  const least = fc.integer({ min: 5 * MIB, max: 5 * GIB });
  fc.assert(
    fc.property(sizes, least, (size, wanted) => {
      const partSize = partSizeFor(size, wanted);
      assert.equal(partSize % MIB, 0);
      assert.ok(partSize >= wanted && partSize <= 5 * GIB);
      assert.ok(Math.ceil(size / partSize) <= 10_000);
      const smaller = partSize - MIB;
      assert.ok(smaller < wanted || Math.ceil(size / smaller) > 10_000);
    }),
  );
});

test('files from one byte to 50 TB can be sent if memory suffices', () => {
  for (const size of [0, 1, 8 * MIB, 78 * GIB, TB, 50 * TB, MOST]) requireRoom(size, ENDLESS, 8 * GIB);
  assert.equal(partSizeFor(50 * TB, 8 * MIB), 4769 * MIB);
});

for (const [what, size, room, longest, reason] of [
  ['more than S3 takes', MOST + 1, ENDLESS, 8 * GIB, /53687091200001 bytes; S3 takes 53687091200000 at most/],
  [
    'a part larger than all memory',
    50 * TB,
    { ...ENDLESS, memoryBytes: 128 * MIB },
    8 * GIB,
    /50000000000000 bytes go up in parts of 4769 MiB.*a memory limit of 4769MiB suffices$/,
  ],
  [
    'a part larger than the share of one of four processes',
    TB,
    { ...ENDLESS, memoryBytes: 32 * MIB, processes: 4 },
    8 * GIB,
    /parts of 96 MiB.*a memory limit of 384MiB suffices for 4 processes$/,
  ],
  [
    'a part larger than any Buffer',
    50 * TB,
    ENDLESS,
    4 * GIB,
    /parts of 4769 MiB, of which this Node\.js holds 4096 MiB/,
  ],
] as const) {
  test(`${what} is refused, and the reason says what would suffice`, () => {
    assert.throws(() => requireRoom(size, room, longest), { code: 'FILE_TOO_LARGE', message: reason });
  });
}

test('what the reason says suffices', () => {
  const room = { ...ENDLESS, memoryBytes: 4769 * MIB };
  requireRoom(50 * TB, room, 8 * GIB);
});
