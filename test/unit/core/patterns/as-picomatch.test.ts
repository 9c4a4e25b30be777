import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import picomatch from 'picomatch';
import { BackupError } from '../../../../src/core/errors.ts';
import { compilePatterns } from '../../../../src/core/pattern.ts';

const OPTIONS = { dot: true, nonegate: true, noextglob: true, keepQuotes: true, flags: 's' };

/**
 * What picomatch makes of a pattern when it is given the whole of it as a glob for whole paths: the meaning that patterns
 * have, at the price of a time that grows with a power of the number of stars.
 */
function wholePath(
  pattern: string,
): { file(path: string): boolean; folder(path: string): boolean } | undefined {
  const bare = pattern.replace(/\/+$/, '');
  const written = bare
    .replace(/^\/+/, '')
    .replace(/\\.|[()|]|\[!/gs, (found) =>
      found.startsWith('\\') ? found : found === '[!' ? '[^' : `\\${found}`,
    );
  const glob = `${bare.includes('/') ? '' : '**/'}${written}`.replace(/\/\*\*$/, '/**/*');
  const [itself, below] = [glob, `${glob}/**/*`].map((each) => picomatch.makeRe(each, OPTIONS));
  if (!itself || !below || itself.source === '$^') return undefined;
  const folder = (path: string) => itself.test(path) || below.test(path);
  return { folder, file: pattern.endsWith('/') ? (path) => below.test(path) : folder };
}

/** Where picomatch is not followed. */
function isOurOwn(pattern: string): boolean {
  return (
    // What a shell takes for a character that stands for itself is one.
    /["+]|\\[a-z]/.test(pattern) ||
    // Before most characters picomatch loses one of two backslashes.
    pattern.includes('\\\\') ||
    // Brackets end at a slash.
    /\[[!^]?\]?[^\]]*\//.test(pattern) ||
    // Two dots in braces are a range only between two single characters.
    /\{[^}]*\.\./.test(pattern) ||
    // `**` in braces is one as outside of them, and `/**/` is about folders as is `**/`.
    /\{\*\*|^\/\*\*\/+$/.test(pattern)
  );
}

const segment = fc.oneof(
  fc.constantFrom(
    ...[
      '*',
      '**',
      'a',
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
      '(a|b)',
      'a b',
    ],
    ...[
      '*a*b',
      'a*b*',
      '{*a,b}',
      '*{a,ab}*b',
      '{,a}b',
      '[a-c]*',
      '*[ab]*',
      '{a..c}',
      '*.{a,b}',
      '.*',
      '*.*.*',
    ],
  ),
  fc.string({
    unit: fc.constantFrom(...'abc*?[]{},!^-\\.(|)$@é '),
    minLength: 1,
    maxLength: 6,
  }),
);
const pattern = fc
  .tuple(
    fc.constantFrom('', '/'),
    fc.array(segment, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '', '/'),
  )
  .map(([before, segments, after]) => before + segments.join('/') + after)
  .filter((each) => !isOurOwn(each));

const name = fc
  .oneof(
    fc.constantFrom('a', 'b', '.a', 'ab', 'aab', 'abab', 'a.b', 'a b', 'a\nb', '[ab]', 'é'),
    fc.string({ unit: fc.constantFrom(...'abc.*[]{\\,-!^'), minLength: 1, maxLength: 5 }),
  )
  .filter((each) => each !== '.' && each !== '..');
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'));

test('patterns match the same whole paths as picomatch', () => {
  const seen = { matched: 0, missed: 0 };
  fc.assert(
    fc.property(pattern, fc.array(path, { minLength: 8, maxLength: 8 }), (one, paths) => {
      const reference = wholePath(one);
      const own = compiled(one);
      if (reference === undefined || own === undefined) return;
      for (const each of paths) {
        assert.equal(own.file(each), reference.file(each), `${one} for the file ${JSON.stringify(each)}`);
        assert.equal(
          own.folder(each),
          reference.folder(each),
          `${one} for the folder ${JSON.stringify(each)}`,
        );
        seen[own.file(each) ? 'matched' : 'missed'] += 1;
      }
    }),
    { numRuns: 3000 },
  );
  assert.ok(seen.matched > 500 && seen.missed > 500, JSON.stringify(seen));
});

function compiled(one: string) {
  try {
    return compilePatterns([one], 'exclude');
  } catch (error) {
    assert.ok(error instanceof BackupError, String(error));
    return undefined;
  }
}
