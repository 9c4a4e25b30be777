import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import { shortenMiddle } from '../../../../src/cli/output/shorten.ts';

test('a text that fits is left as it is', () => {
  assert.equal(shortenMiddle('a/b/c.txt', 9), 'a/b/c.txt');
  assert.equal(shortenMiddle('写真', 4), '写真');
});

test('a longer one loses its middle, and keeps more of its end', () => {
  assert.equal(shortenMiddle('0123456789abcdef', 11), '0123…abcdef');
});

test('characters are not cut', () => {
  for (let columns = 1; columns < 24; columns += 1) {
    const short = shortenMiddle('写真👩‍👩‍👧e\u0301👍🏽/名前.txt', columns);
    assert.ok(stringWidth(short) <= columns, `${columns}: ${short}`);
    assert.doesNotMatch(short, /\p{Surrogate}/u);
    assert.ok(!/👩(?!‍👩‍👧)(?<!‍👩)/u.test(short), short);
  }
});

test('no column is enough for nothing', () => {
  assert.equal(shortenMiddle('abc', 0), '');
  assert.equal(shortenMiddle('abc', 1), '…');
});

test('the longest path of Linux is shortened, too', () => {
  const short = shortenMiddle(`${'d/'.repeat(2040)}file.txt`, 20);
  assert.equal(stringWidth(short), 20);
  assert.match(short, /^d.*…d?\/?.*file\.txt$/);
});
