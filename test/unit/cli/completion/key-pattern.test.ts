import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { literalOf, patternOf } from '../../../../src/cli/completion/key-pattern.ts';
import { PathScope } from '../../../../src/core/path-scope.ts';

const path = fc
  .array(fc.string({ unit: fc.constantFrom(...'ab ä*?[]{}!#$,\\-'), minLength: 1, maxLength: 8 }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((segments) => segments.join('/'));

for (const slash of ['', '/'] as const) {
  test(`a path as a pattern behind "${slash}" matches the path, and is read back as it`, () => {
    fc.assert(
      fc.property(path, (given) => {
        const pattern = slash + patternOf(given, slash);
        assert.ok(new PathScope(pattern).includes(given), pattern);
        if (!given.includes('\\')) assert.deepEqual(literalOf(pattern), { slash, path: given });
      }),
    );
  });
}

test('a pattern with wildcards is the beginning of no path', () => {
  for (const pattern of ['*.pdf', 'a?', '[ab]', '{a,b}', '!a', 'a/*/b'])
    assert.equal(literalOf(pattern), undefined);
  assert.deepEqual(literalOf('a\\*b'), { slash: '', path: 'a*b' });
});
