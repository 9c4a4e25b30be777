import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeKey, encodeValue, queryOf } from '../../../../src/s3/signed-http/uri.ts';

const UNRESERVED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';

/** AWS's UriEncode, byte by byte (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). */
function byRule(text: string, keepsSlashes: boolean): string {
  const encoded = [...Buffer.from(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    const isKept = UNRESERVED.includes(character) || (keepsSlashes && character === '/');
    return isKept ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return encoded.join('');
}

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: fc.constantFrom(...'/.~%+ &=?#!\'()*"<>;:@\\\t\n\u0000\u007fäß€𝄞'), maxLength: 30 }),
);

test("keys and values are encoded by AWS's rule", () => {
  fc.assert(
    fc.property(texts, (text) => {
      assert.equal(encodeKey(text), byRule(text, true));
      assert.equal(encodeValue(text), byRule(text, false));
      assert.equal(decodeURIComponent(encodeKey(text)), text);
    }),
    { numRuns: 1000 },
  );
});

test('every character of ASCII is encoded or kept by the rule', () => {
  for (let code = 0; code < 128; code += 1) {
    const character = String.fromCharCode(code);
    assert.equal(encodeKey(character), byRule(character, true));
    assert.equal(encodeValue(character), byRule(character, false));
  }
});

test('a key that looks like a path, a query or an escape stays one key', () => {
  const keys = {
    'a/../b': 'a/../b',
    './a//b/': './a//b/',
    '/a': '/a',
    'a?b=c#d': 'a%3Fb%3Dc%23d',
    '100%': '100%25',
    '%2F': '%252F',
    'a+b c': 'a%2Bb%20c',
    '': '',
  };
  for (const [key, path] of Object.entries(keys)) assert.equal(encodeKey(key), path);
});

test('a query leaves out what is undefined, keeps what is empty, and encodes slashes', () => {
  assert.equal(queryOf({ uploads: '', versionId: undefined }), 'uploads=');
  assert.equal(queryOf({ prefix: 'a/b c', 'list-type': '2' }), 'list-type=2&prefix=a%2Fb%20c');
  assert.equal(queryOf({}), '');
});

test('a query is in the order of its encoded names', () => {
  const names = fc.stringMatching(/^[a-c][a-c0-9.\- ]{0,4}$/);
  fc.assert(
    fc.property(fc.dictionary(names, fc.constantFrom('', '1', 'x')), (parameters) => {
      const order = queryOf(parameters)
        .split('&')
        .map((pair) => pair.split('=')[0]);
      const sorted = Object.keys(parameters).map((name) => byRule(name, false));
      assert.deepEqual(order.filter(Boolean), sorted.sort());
    }),
    { numRuns: 500 },
  );
});
