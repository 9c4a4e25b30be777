import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BackupError } from '../../../../src/core/errors.ts';
import { PathScope } from '../../../../src/core/path-scope.ts';
import { compilePatterns } from '../../../../src/core/pattern.ts';

/**
 * Patterns and paths that take an expression which tries every combination longer than the runner waits, and what matches
 * them in the end.
 */
const ATTACKS: readonly (readonly [pattern: string, path: string, end: string])[] = [
  ['**/*a*/**/*a*/**/b', `${'a'.repeat(250)}/`.repeat(15), 'b'],
  ['**/a/**/a/**/a/**/a/**/b', 'a/'.repeat(2000), 'b'],
  ['*a*a*b', 'a'.repeat(4000), 'b'],
  [`${'*a'.repeat(20)}*b`, 'a'.repeat(4000), 'b'],
  [`${'a*'.repeat(100)}b/*c`, 'a'.repeat(1000), 'b/c'],
  ['*?*?*?*?*[bc]*d', 'ac'.repeat(2000), 'd'],
  ['{a,aa,aaa}*{a,aa,aaa}*{a,aa,aaa}*b', 'a'.repeat(4000), 'b'],
  ['{a,aa,aaa,aaaa}{a,aa,aaa,aaaa}{a,aa,aaa,aaaa}{a,aa,aaa,aaaa}b', 'a'.repeat(255), '/aaaab'],
  ['{*a,a*}{*a,a*}{*a,a*}{*a,a*}b', 'a'.repeat(4000), 'b'],
  [`${'{a,aa}*/'.repeat(30)}b`, 'aaaaaa/'.repeat(30), 'b'],
  [`${'*a*/'.repeat(30)}b`, 'aaaaaa/'.repeat(30), 'b'],
  ['**/{a/a,a}/{a/a,a}/{a/a,a}/b', 'a/'.repeat(2000), 'b'],
  ['/**/a*/**/*a/**/*a*/**/', 'aa/'.repeat(1300), 'b'],
];

for (const [pattern, path, end] of ATTACKS) {
  test(`the pattern ${pattern.slice(0, 40)} ends in time on a path that nearly matches`, () => {
    const matcher = compilePatterns([pattern], 'exclude');
    const isFor = pattern.endsWith('/') ? 'files in a folder' : 'any file';
    assert.equal(matcher?.file(`${path}c`), isFor === 'files in a folder', isFor);
    assert.equal(matcher?.file(path + end), true);
    assert.equal(matcher?.folder(path + end), true);
  });
}

test('patterns of any form end in time on paths longer than any file has', () => {
  const piece = fc.constantFrom(
    ...[
      '*',
      '**',
      'a',
      'b',
      '?',
      '[ab]',
      '[!b]',
      '{a,aa}',
      '{*a,a*}',
      '{a/a,a}',
      '/',
      '/**/',
      '*b*',
      '{,a}',
      'aa*aa',
    ],
  );
  const pattern = fc.array(piece, { minLength: 2, maxLength: 20 }).map((pieces) => pieces.join(''));
  const paths = ['a'.repeat(4000), 'a/'.repeat(2000), `${'a'.repeat(255)}/`.repeat(15), '/'.repeat(4000)];
  let answered = 0;
  fc.assert(
    fc.property(pattern, fc.constantFrom(...paths), (one, path) => {
      const matcher = usable([one]);
      if (matcher === undefined) return;
      assert.equal(typeof matcher.file(`${path}c`), 'boolean');
      assert.equal(typeof matcher.folder(`${path}c`), 'boolean');
      answered += 1;
    }),
    { numRuns: 500 },
  );
  assert.ok(answered > 300, `${answered} patterns were let through`);
});

test('matching keys are found among long keys of other programs', () => {
  const scope = new PathScope('*a*a*b');
  const key = 'a'.repeat(1024);
  assert.equal(scope.includesObject(key), false);
  assert.equal(scope.includesObject(`${key.slice(1)}b`), true);
  assert.equal(scope.enters(key), true);
});

const numbers = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => String(index).padStart(length, '0')).join(',');

test('lists of names in braces are matched without being expanded', () => {
  const matcher = compilePatterns(
    [`day-{${numbers(12, 2)}}-{${numbers(31, 2)}}-{${numbers(24, 2)}}*.log`],
    'include',
  );
  assert.equal(matcher?.file('x/day-11-30-23.a.log'), true);
  assert.equal(matcher?.file('x/day-11-31-23.a.log'), false);
});

const TOO_MUCH = /expanded the list has more than 20000 characters/;

const REFUSED: readonly (readonly [what: string, patterns: string[], why: RegExp])[] = [
  ['a pattern that is longer than any path', ['a'.repeat(4097)], /4097 characters, at most 4096/],
  ['braces in too many combinations', ['{a,b}'.repeat(15)], TOO_MUCH],
  ['braces with stars in too many combinations', ['{*a,*b}'.repeat(10)], TOO_MUCH],
  ['braces with slashes in too many combinations', ['{a/b,b/a}'.repeat(10)], TOO_MUCH],
  ['empty braces in too many combinations', [`*${'{,}'.repeat(1000)}*`], TOO_MUCH],
  ['a long name that braces multiply', [`*${'{a,b}'.repeat(9)}${'x'.repeat(4000)}*y`], TOO_MUCH],
  ['a list of such braces', Array(300).fill(`{${numbers(100, 3)}}`), TOO_MUCH],
  ['braces in braces in braces ...', [`${'{a,'.repeat(11)}${'}'.repeat(11)}`], /more than 10 deep/],
  ['many patterns', Array(10_001).fill('a'), /10001 patterns, at most 10000/],
];

for (const [what, patterns, why] of REFUSED) {
  test(`refused in one short line: ${what}`, () => {
    assert.throws(
      () => compilePatterns(patterns, 'include'),
      (error) => {
        assert.ok(error instanceof BackupError && error.code === 'BAD_OPTION', String(error));
        assert.match(error.message, why);
        assert.match(error.message, /^include: the/);
        assert.ok(error.message.length < 300 && !error.message.includes('\n'), error.message);
        return true;
      },
    );
  });
}

function usable(patterns: string[]) {
  try {
    return compilePatterns(patterns, 'exclude');
  } catch (error) {
    assert.ok(error instanceof BackupError, String(error));
    return undefined;
  }
}
