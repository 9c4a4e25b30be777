import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listedKey } from '../../../src/s3/answers.ts';

const key = "a b+c/ä%41&'<\n";

test('a key is decoded where the answer says that it is encoded', () => {
  assert.equal(listedKey(encodeURIComponent(key), true), key);
  assert.equal(listedKey('a+b', true), 'a b');
});

test('Ceph encodes keys and does not say so', () => {
  assert.equal(listedKey("a%20b%2Bc/%C3%A4%2541%26'", false), "a b+c/ä%41&'");
});

test('a key that cannot be an encoded one is taken as it stands', () => {
  for (const raw of [key, 'a b', '100 %', '100%', 'a+b%20c', 'ä']) assert.equal(listedKey(raw, false), raw);
  for (const broken of ['%', '%C3']) assert.equal(listedKey(broken, true), broken);
});
