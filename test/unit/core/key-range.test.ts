import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeys } from '../../../src/core/key.ts';
import {
  holdsEverything,
  holdsKey,
  holdsNothing,
  rangeBelow,
  requireRange,
} from '../../../src/core/key-range.ts';

const anyKey = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '-', '0', '\0', '\ud7ff', '\ue000', '\uffff', '\u{1f600}'),
  maxLength: 6,
});
const anyRange = fc
  .record({ from: fc.option(anyKey, { nil: undefined }), to: fc.option(anyKey, { nil: undefined }) })
  .filter(({ from, to }) => from === undefined || to === undefined || compareKeys(from, to) < 0);

test('a range holds the keys from its first one up to its end, as UTF-8 bytes', () => {
  fc.assert(
    fc.property(anyRange, anyKey, ({ from, to }, key) => {
      const bytes = Buffer.from(key);
      const isBehind = from === undefined || bytes.compare(Buffer.from(from)) >= 0;
      const isBefore = to === undefined || bytes.compare(Buffer.from(to)) < 0;
      assert.equal(holdsKey({ from, to }, key), isBehind && isBefore);
    }),
  );
});

test('the part of a range below a prefix holds what the range holds there', () => {
  fc.assert(
    fc.property(anyRange, anyKey, anyKey, (range, prefix, key) => {
      assert.equal(holdsKey(rangeBelow(range, prefix), key), holdsKey(range, prefix + key));
    }),
    { numRuns: 2_000 },
  );
});

test('below a prefix that the range has or lacks as a whole, it is everything or nothing', () => {
  const range = { from: 'b/m', to: 'd/' };
  const parts = ['a/', 'b/', 'b/n/', 'c/', 'd/', 'e/'].map((prefix) => rangeBelow(range, prefix));
  assert.deepEqual(parts.map(holdsNothing), [true, false, false, false, true, true]);
  assert.deepEqual(parts.map(holdsEverything), [false, false, true, true, false, false]);
});

test('a range that ends before it begins is refused, in the order of UTF-8 bytes', () => {
  for (const range of [{}, { from: 'a' }, { to: 'a' }, { from: '\uffff', to: '\u{1f600}' }])
    assert.equal(requireRange(range), range);
  for (const range of [
    { from: 'a', to: 'a' },
    { from: '\u{1f600}', to: '\uffff' },
  ])
    assert.throws(() => requireRange(range), {
      code: 'BAD_OPTION',
      message: /^range is from ".+" to ".+"; allowed is/,
    });
});
