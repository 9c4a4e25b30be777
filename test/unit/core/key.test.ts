import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeys, justBefore, keyFor, normalPrefix } from '../../../src/core/key.ts';

const anyKey = fc.string({
  unit: fc.constantFrom(
    'a',
    'b',
    '/',
    '-',
    ' ',
    '\0',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '\u{1f600}',
    '\u{10ffff}',
  ),
});

test('a prefix ends in one slash and begins with none, however many it has', () => {
  const many = '/'.repeat(300_000);
  assert.equal(normalPrefix(many), '');
  assert.equal(normalPrefix(`${many}a${many}b${many}`), `a${many}b/`);
});

test('keys are compared as their UTF-8 bytes', () => {
  fc.assert(
    fc.property(anyKey, anyKey, (a, b) => {
      assert.equal(Math.sign(compareKeys(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test('justBefore is before the key, and behind nearly all keys before it', () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      if (key !== '') assert.ok(compareKeys(justBefore(key), key) < 0);
    }),
  );
  for (const before of ['img-9', 'img-98', 'img-9800', 'img-98/deep/\u{1f600}'])
    assert.ok(compareKeys(before, justBefore('img-99')) < 0, before);
});

test('a stored link has a key that rclone recognises as a link', () => {
  assert.equal(keyFor('p/', 'a/link', 'store'), 'p/a/link.rclonelink');
  assert.equal(keyFor('p/', 'a/link', 'follow'), 'p/a/link');
  assert.equal(keyFor('', 'a/file'), 'a/file');
});
