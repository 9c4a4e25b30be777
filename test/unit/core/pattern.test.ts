import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BackupError } from '../../../src/core/errors.ts';
import { compilePatterns } from '../../../src/core/pattern.ts';

function matcher(...patterns: string[]) {
  const compiled = compilePatterns(patterns, 'exclude');
  assert.ok(compiled);
  return compiled;
}

/** Pattern, files that it matches, files that it does not match. */
const TABLE: readonly (readonly [pattern: string, matches: readonly string[], misses: readonly string[]])[] =
  [
    ['a', ['a', 'x/a', 'a/x', 'x/y/a/z'], ['ab', 'ba', 'x/ab', 'A']],
    ['*.txt', ['a.txt', '.txt', 'x/.a.txt', 'x/y/a.b.txt', 'd.txt/file'], ['a.txt2', 'atxt', 'a.TXT']],
    ['/a', ['a', 'a/x'], ['x/a']],
    ['/*.txt', ['a.txt'], ['x/a.txt']],
    ['a/b', ['a/b', 'a/b/c'], ['x/a/b', 'a/c']],
    ['/a/b', ['a/b'], ['x/a/b']],
    ['**/a/b', ['a/b', 'x/a/b', 'x/y/a/b/c'], ['a/x/b']],
    ['a/', ['a/x', 'x/a/y'], ['a', 'x/a']],
    ['/a/', ['a/x'], ['a', 'x/a/y']],
    ['a/b/', ['a/b/x'], ['a/b', 'x/a/b/c']],
    ['a/**', ['a/x', 'a/x/y', 'a/.x'], ['a', 'x/a/y']],
    ['**/', ['x/y', 'x/y/z'], ['x']],
    ['**', ['a', 'a/b', '.a'], []],
    ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['a/xb', 'ab']],
    ['a*', ['a', 'ab', 'x/ab', 'a\nb', 'ab/c'], ['ba']],
    ['a/*', ['a/b', 'a/.b', 'a/b/c'], ['a', 'x/a/b']],
    ['a/*/c', ['a/b/c'], ['a/c', 'a/b/b/c']],
    ['?', ['a', 'é', 'x/a', '\n'], ['ab', '']],
    ['a?b', ['axb'], ['ab', 'a/b']],
    ['[a-c]x', ['ax', 'cx'], ['dx', 'x', '[a-c]x']],
    ['[!a-c]x', ['dx', '!x'], ['ax']],
    ['[^a-c]x', ['dx'], ['ax']],
    ['{a,b}.x', ['a.x', 'y/b.x'], ['c.x', '{a,b}.x']],
    ['a\\*', ['a*'], ['ab', 'a\\*']],
    ['\\!a', ['!a'], ['a']],
    ['a\\\\', ['a\\'], ['a', 'a\\\\']],
    ['\\{a\\}', ['{a}'], ['a']],
    ['\\[a]', ['[a]'], ['a']],
    ['(a|b)', ['(a|b)'], ['a', 'b']],
    ['@(a)', ['@(a)'], ['a']],
    ['+(a)b', ['+(a)b'], ['ab', 'aab']],
    ['a+.$^', ['a+.$^'], ['aa.$^']],
    ['[0-9]+.log', ['1+.log'], ['1.log', '11.log']],
    ['{a,b}+.txt', ['a+.txt'], ['a.txt', 'aa.txt']],
    ['a?+', ['ab+'], ['abb', 'ab']],
    ['\\d', ['d'], ['1']],
    ['[\\w]', ['w'], ['a', '\\']],
    ['[]a]', [']', 'a'], ['[]a]']],
    ['[a-]', ['a', '-'], ['b']],
    ['[[:digit:]_]', ['1', '_'], ['a', ':']],
    ['a.[[:alpha:]]', ['a.b'], ['axb', 'a.1']],
    ['[![:alpha:]]', ['1'], ['a']],
    ['[ab', ['[ab'], ['a']],
    ['[2024]', ['2', '[2024]'], ['2024']],
    ['[a/b]', ['[a/b]'], ['a', 'b']],
    ['{a}', ['{a}'], ['a']],
    ['{,a}b', ['b', 'ab'], ['a']],
    ['{a..c}', ['a', 'b'], ['d', 'a..c']],
    ['{a..c,d}', ['a..c', 'd'], ['b']],
    ['{a,{b,c}d}', ['a', 'bd', 'cd'], ['b', 'd']],
    ['{*.a,*.b*}x', ['1.ax', '1.b2x'], ['1.a', 'ax']],
    ['{a/b,c}/*', ['a/b/x', 'c/x'], ['b/x', 'x/c/x']],
    ['{**,a}/b', ['b', 'x/y/b'], ['bx']],
    ['*a*b*', ['ab', 'xaxbx', 'y/aab'], ['ba', 'a/b']],
    ['a*{b,bc}*d', ['abd', 'abcd', 'axbcd'], ['acd', 'abdc']],
    ['*{ab,b}c*c', ['abcc', 'bcc'], ['abc']],
    ['**/a/**/b/**/c', ['a/b/c', 'x/a/y/b/z/c/w'], ['a/c/b', 'x/a/bc']],
    ['a b', ['a b'], ['a', 'b']],
    [' a', [' a'], ['a']],
    ['#a', ['#a'], ['a']],
    ['"a"', ['"a"'], ['a']],
    ['"*"', ['"ab"'], ['ab', '*']],
    ["it's", ["it's"], ['its']],
    ['.git', ['.git', 'x/.git/config'], ['.gitignore']],
    ['.*', ['.a', 'x/.a', '.a/b'], ['a.b']],
  ];

for (const [pattern, matches, misses] of TABLE) {
  test(`the pattern ${JSON.stringify(pattern)} matches as gitignore's does`, () => {
    const { file } = matcher(pattern);
    for (const path of matches) assert.equal(file(path), true, `${JSON.stringify(path)} should match`);
    for (const path of misses) assert.equal(file(path), false, `${JSON.stringify(path)} should not match`);
  });
}

test('no patterns make no matcher', () => {
  assert.equal(compilePatterns([], 'include'), undefined);
});

test('a file matches a list if it matches one of its patterns', () => {
  const { file } = matcher('*.a', '/b/', 'c/d');
  for (const path of ['x.a', 'b/x', 'c/d']) assert.equal(file(path), true);
  for (const path of ['x.b', 'b', 'x/c/d']) assert.equal(file(path), false);
});

const REFUSED: readonly (readonly [pattern: string, why: RegExp])[] = [
  ['', /empty/],
  ['/', /empty/],
  ['//', /empty/],
  ['a\0b', /NUL/],
  ['!a', /other option/],
  ['../a', /relative to the source/],
  ['a/../b', /relative to the source/],
  ['./a', /relative to the source/],
  ['[z-a]', /bracket/],
  ['[[:foo:]]', /\[:foo:\]/],
  ['{a,b', /brace is not closed/],
  ['{1..10}', /two single characters/],
  ['a\\', /"\\" at its end/],
  ['\\\\\\\\', /two backslashes/],
  ['a\\\\\\\\b', /two backslashes/],
  ['a\\/', /"\\" at its end/],
  ['\\\\\\', /"\\" at its end/],
];

for (const [pattern, why] of REFUSED) {
  test(`the pattern ${JSON.stringify(pattern)} is refused by its name and the option's`, () => {
    assert.throws(
      () => compilePatterns(['fine', pattern], 'include'),
      (error) => {
        assert.ok(error instanceof BackupError);
        assert.equal(error.code, 'BAD_OPTION');
        assert.ok(
          error.message.startsWith(`include: the pattern ${JSON.stringify(pattern)} `),
          error.message,
        );
        assert.match(error.message, why);
        return true;
      },
    );
  });
}

const NFC = 'Café/Übung.txt';
const NFD = NFC.normalize('NFD');

for (const [form, pattern, other] of [
  ['NFC', NFC, NFD],
  ['NFD', NFD, NFC],
] as const) {
  test(`a pattern in ${form} matches names in either form, as files and as folders`, () => {
    const { file, folder } = matcher(`/${pattern}`);
    for (const path of [pattern, other, `${other}/below`]) assert.ok(file(path) && folder(path), path);
    assert.equal(file('Cafe/Ubung.txt'), false);
  });
}

test('a composed character counts as one', () => {
  const { file } = matcher('/caf?', '/[é]');
  for (const path of ['café', 'é']) assert.ok(file(path) && file(path.normalize('NFD')), path);
  assert.equal(file('cafe\u0301e'), false);
});

const segment = fc.oneof(
  fc.constantFrom(
    '*',
    '**',
    'a',
    'b',
    '.a',
    'a*',
    '*b',
    '?',
    '[ab]',
    '[!a]',
    '{a,b}',
    '{a/b,b}',
    'a**',
    '\\*',
    '"a"',
    '(a|b)',
    'a b',
  ),
  fc.string({
    unit: fc.constantFrom('a', 'b', '.', '*', '?', '[', ']', '{', ',', '}', '\\', '!', '^', '-'),
    minLength: 1,
    maxLength: 6,
  }),
);
const pattern = fc
  .tuple(
    fc.constantFrom('', '/'),
    fc.array(segment, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '/'),
  )
  .map(([before, segments, after]) => before + segments.join('/') + after);
const name = fc.oneof(
  fc.constantFrom('a', 'b', '.a', 'ab', '*', 'a b', '"a"', 'a\nb'),
  fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '[', '{', '\\', '\n'), minLength: 1, maxLength: 4 }),
);
const path = fc.array(
  name.filter((part) => part !== '.' && part !== '..'),
  { minLength: 1, maxLength: 5 },
);

function compiled(patterns: string[]) {
  try {
    return compilePatterns(patterns, 'exclude');
  } catch (error) {
    assert.ok(error instanceof BackupError, String(error));
    return undefined;
  }
}

test('a folder that is not entered contains only excluded files', () => {
  fc.assert(
    fc.property(fc.array(pattern, { minLength: 1, maxLength: 3 }), path, path, (patterns, above, below) => {
      const match = compiled(patterns);
      const folder = above.join('/');
      if (match?.folder(folder)) assert.equal(match.file(`${folder}/${below.join('/')}`), true);
    }),
    { numRuns: 5000 },
  );
});

test('a pattern that matches a file matches everything below a folder of that name', () => {
  fc.assert(
    fc.property(pattern, path, path, (one, above, below) => {
      const match = compiled([one]);
      if (match?.file(above.join('/'))) assert.equal(match.file([...above, ...below].join('/')), true);
    }),
    { numRuns: 5000 },
  );
});
