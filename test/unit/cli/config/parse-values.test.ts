import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../../src/cli/config/parse/parse-duration.ts';
import { parseList } from '../../../../src/cli/config/parse/parse-list.ts';
import { formatSize, parseSize } from '../../../../src/cli/config/parse/parse-size.ts';

test('durations are seconds, with or without unit', () => {
  const cases = { 0: 0, 90: 90, '90s': 90, '15m': 900, '12h': 43_200, '7d': 604_800, ' 7 D ': 604_800 };
  for (const [text, seconds] of Object.entries(cases)) assert.equal(parseDuration(text), seconds);
  assert.equal(parseDuration(90), 90);
});

test('anything else is refused as a duration, and the error names the allowed forms', () => {
  for (const text of ['', '-1', '1.5h', '1w', '7d12h', 'soon', '1e3', '99999999d', '٣', Number.NaN, -0.5]) {
    assert.throws(() => parseDuration(text), { name: 'FormError', message: /^a duration/ }, String(text));
  }
});

test('sizes are bytes, with or without unit', () => {
  const cases = {
    0: 0,
    1000: 1000,
    '8M': 8_388_608,
    '8MiB': 8_388_608,
    '8 mib': 8_388_608,
    '1k': 1024,
    '2T': 2 ** 41,
  };
  for (const [text, bytes] of Object.entries(cases)) assert.equal(parseSize(text), bytes);
  assert.equal(parseSize(5), 5);
});

test('anything else is refused as a size, and the error names the allowed forms', () => {
  for (const text of ['', '8MB', '8B', '-1', '1.5G', 'M', '9999999T', 1.5, Number.POSITIVE_INFINITY]) {
    assert.throws(() => parseSize(text), { name: 'FormError', message: /^a size/ }, String(text));
  }
});

test('a formatted size or duration is read back as the same value', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => parseSize(formatSize(bytes)) === bytes));
  fc.assert(
    fc.property(fc.nat(20), fc.nat(4), (n, e) => parseSize(formatSize(n * 1024 ** e)) === n * 1024 ** e),
  );
  fc.assert(
    fc.property(fc.nat(3_000_000_000), (seconds) => parseDuration(formatDuration(seconds)) === seconds),
  );
});

test('lists are split at commas outside brackets', () => {
  const cases: [string, unknown[]][] = [
    ['a, b,,c,', ['a', 'b', 'c']],
    ['*.{a,b},[,]x,(c,d)', ['*.{a,b}', '[,]x', '(c,d)']],
    ['a\\,b,c\\', ['a\\,b', 'c\\']],
    ['["a,b", 1]', ['a,b', 1]],
    ['[ab]*.txt,x', ['[ab]*.txt', 'x']],
    ['}a,b{,c', ['}a', 'b{,c']],
  ];
  for (const [text, list] of cases) assert.deepEqual(parseList(text), list);
});
