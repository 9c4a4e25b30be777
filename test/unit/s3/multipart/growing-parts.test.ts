import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { growingParts } from '../../../../src/s3/multipart/growing-parts.ts';
import { partSizeFor } from '../../../../src/s3/parts.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const TIB = 1024 ** 4;

const room = (segments: Iterable<{ parts: number; partSize: number }>) =>
  [...segments].reduce((sum, { parts, partSize }) => sum + parts * partSize, 0);

test('parts become larger, and use every part and no more memory than there is', () => {
  const memory = fc.integer({ min: 32, max: 8192 });
  const first = fc.integer({ min: 5, max: 512 });
  fc.assert(
    fc.property(
      memory,
      first,
      fc.integer({ min: 1, max: 10_000 }),
      fc.boolean(),
      (memoryMib, partMib, maxParts, needsEqualParts) => {
        fc.pre(2 * partMib <= memoryMib);
        const memoryBytes = memoryMib * MIB;
        const segments = [
          ...growingParts({ partSize: partMib * MIB, maxParts, memoryBytes, needsEqualParts }),
        ];
        assert.equal(
          segments.reduce((sum, { parts }) => sum + parts, 0),
          maxParts,
        );
        let before = 0;
        for (const { parts, partSize, atOnce } of segments) {
          assert.ok(parts > 0 && atOnce >= 1 && partSize >= before && partSize % MIB === 0);
          assert.ok(atOnce === 1 || (atOnce + 2) * partSize <= memoryBytes);
          before = partSize;
        }
        if (needsEqualParts) assert.equal(segments.length, 1);
      },
    ),
  );
});

test('10,000 parts hold 340 GiB with 128 MiB of memory, and almost 3 TiB with 2 GiB', () => {
  const parts = { partSize: 8 * MIB, maxParts: 10_000, needsEqualParts: false };
  assert.equal(Math.floor(room(growingParts({ ...parts, memoryBytes: 128 * MIB })) / GIB), 341);
  assert.equal((room(growingParts({ ...parts, memoryBytes: 2 * GIB })) / TIB).toFixed(1), '2.9');
});

test('an expected size of 5 TiB and more has room from the beginning', () => {
  for (const expected of [5 * TIB, 50 * TIB]) {
    const partSize = partSizeFor(expected, 8 * MIB);
    const memoryBytes = 2 * partSize;
    assert.ok(
      room(growingParts({ partSize, maxParts: 10_000, memoryBytes, needsEqualParts: false })) >= expected,
    );
  }
});
