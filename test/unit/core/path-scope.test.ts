import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PathScope } from '../../../src/core/path-scope.ts';

test("without a pattern it contains everything except, in S3, the program's own objects", () => {
  const scope = new PathScope(undefined);
  assert.deepEqual([scope.head, scope.includes('a/b'), scope.enters('a')], ['', true, true]);
  assert.ok(scope.includes('.s3-backup/x') && !scope.includesObject('.s3-backup/x'));
  assert.ok(scope.includesObject('a/.s3-backup/x') && scope.includesObject('.s3-backup-claim-1/x'));
});

const heads: Record<string, string> = {
  '*.txt': '',
  photos: '',
  'photos/': '',
  '/photos': 'photos',
  '/photos/': 'photos',
  'photos/2024/*.jpg': 'photos/2024/',
  'photos/20??/a': 'photos/20',
  'a/{b,c}/d': 'a/',
  'a/[bc]/d': 'a/',
  'a/b\\*c': 'a/b',
  '**/a': '',
  '/photos/café/*': 'photos/caf',
  '/photos/cafe\u0301/*': 'photos/caf',
};
for (const [pattern, head] of Object.entries(heads)) {
  test(`all matches of ${pattern} begin with ${JSON.stringify(head)}`, () => {
    assert.equal(new PathScope(pattern).head, head);
  });
}

test('a path in another Unicode form than the pattern is matched, listed and entered', () => {
  for (const form of ['NFC', 'NFD']) {
    const scope = new PathScope('/photos/café/*.jpg'.normalize(form));
    for (const folder of ['photos/café', 'photos/café'.normalize('NFD')]) {
      assert.ok(scope.includes(`${folder}/x.jpg`) && scope.enters(folder), `${form}: ${folder}`);
      assert.ok(`${folder}/x.jpg`.startsWith(scope.head), `${form}: ${folder}`);
    }
  }
});

test('a matching path begins with the head, and lies in folders that are entered', () => {
  const name = fc.constantFrom(
    'photos',
    '2024',
    'a',
    'b',
    'x.jpg',
    'a*',
    'photos2',
    'é',
    'e\u0301',
    'ae\u0301x',
  );
  const pattern = fc
    .tuple(
      fc.constantFrom('', '/', '**/'),
      fc.array(fc.oneof(name, fc.constantFrom('*', '?', '{a,b}', '*.jpg')), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', '/'),
    )
    .map(([start, names, end]) => start + names.join('/') + end);
  fc.assert(
    fc.property(pattern, fc.array(name, { minLength: 1, maxLength: 4 }), (glob, names) => {
      const scope = new PathScope(glob);
      const path = names.join('/');
      if (!scope.includes(path)) return;
      assert.ok(path.startsWith(scope.head), `${path} does not begin with ${scope.head}`);
      for (let depth = 1; depth < names.length; depth += 1)
        assert.ok(scope.enters(names.slice(0, depth).join('/')));
    }),
    { numRuns: 2000 },
  );
});
