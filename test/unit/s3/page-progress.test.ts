import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PageProgress } from '../../../src/s3/page-progress.ts';

const STUCK = { name: 'StoreError', code: 'ListingStuck' };

/** Goes through these places until it is stopped. */
function pagesUntilStuck(placeOf: (page: number) => unknown, most: number): number {
  const progress = new PageProgress('ListParts');
  for (let page = 1; page <= most; page += 1) {
    try {
      progress.advance(placeOf(page), 1);
    } catch (error) {
      assert.deepEqual(
        { name: (error as Error).name, code: (error as { code?: string }).code },
        STUCK,
        String(error),
      );
      return page;
    }
  }
  return most + 1;
}

test('a position that repeats at once ends the listing', () => {
  assert.equal(
    pagesUntilStuck(() => 'token', 9),
    2,
  );
  assert.equal(
    pagesUntilStuck(() => ({ key: 'k', uploadId: 'u' }), 9),
    2,
  );
});

test('different positions are followed, however many there are', () => {
  assert.equal(
    pagesUntilStuck((page) => page, 10_000),
    10_001,
  );
  assert.equal(
    pagesUntilStuck((page) => ({ key: 'k', uploadId: `${page}` }), 10_000),
    10_001,
  );
});

test('a cycle of pages is found soon after its first round, wherever it begins', () => {
  for (const before of [0, 1, 5, 100]) {
    for (const length of [1, 2, 3, 7, 64, 1_000]) {
      const placeOf = (page: number) => (page <= before ? `${page}` : `c${(page - before) % length}`);
      const found = pagesUntilStuck(placeOf, 100_000);
      assert.ok(found > before + length, `${before}, ${length}: a page too early`);
      assert.ok(found <= 3 * (before + length) + 1, `${before}, ${length}: after ${found} pages`);
    }
  }
});

test('a page that announces more but no position ends the listing', () => {
  const progress = new PageProgress('ListObjectsV2');
  assert.throws(() => progress.advance(undefined, 1_000), STUCK);
  assert.throws(() => progress.advance(undefined, 0), /^StoreError: ListObjectsV2: ListingStuck: /);
});

test('empty pages are followed for long, but not for ever, and only those in a row count', () => {
  const progress = new PageProgress('ListObjectsV2');
  for (let page = 1; page < 100_000; page += 1) progress.advance(`a${page}`, 0);
  progress.advance('with an entry', 1);
  for (let page = 1; page < 100_000; page += 1) progress.advance(`b${page}`, 0);
  assert.throws(() => progress.advance('the last', 0), STUCK);
});
