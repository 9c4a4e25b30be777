import assert from 'node:assert/strict';
import type { ListedObject } from '../../../src/s3/store-types.ts';
import { contract } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { assertHolds, keysIn, outcomeOf, storeErrorOf } from './support/truth.ts';

/** What a file's name or a prefix can be, by what is odd about it. */
const KEYS: Readonly<Record<string, string>> = {
  'a space': 'a file with spaces',
  'spaces at its ends': '  both ends  ',
  'a plus': '1+1=2',
  percent: '100% %20 %2F %zz',
  'what SigV4 encodes and JavaScript does not': "!'()*",
  'what a query is made of': 'a?b=c&d=e;f#g',
  'what XML is made of': '<a href="b">&amp;]]></a>',
  quotes: `"double" 'single' \`back\``,
  backslashes: 'a\\b\\\\c',
  umlauts: 'äöüß/ÄÖÜ',
  'the same umlaut in two forms': '\u00e4 a\u0308',
  'letters from everywhere': '日本語/العربية/русский/ไทย',
  emoji: '👩‍👩‍👧‍👦 🏳️‍🌈 🎉',
  'a character beyond all planes in use': '\u{10fffd}',
  'a byte order mark': '\ufefffile',
  'no characters that are seen': '\u200b\u202e\u00a0',
  'a line feed': 'two\nlines',
  'a carriage return and a tab': 'a\r\n\tb',
  'control characters': '\u0001\u0007\u001b[31m\u007f\u0085',
  'two slashes': 'a//b',
  'a slash at its end': 'folder/',
  'a slash at its beginning': '/absolute',
  'a leading dot': '.hidden/.file',
  'a tilde': '~/a~',
  'the name of a sub-resource': 'acl?uploads&uploadId=1',
  'the word of a header': 'a:b; c, d',
};

for (const [what, key] of Object.entries(KEYS)) {
  contract(`a key with ${what} is stored, found and listed as it is`, {}, async ({ t, target, store }) => {
    const bytes = Buffer.from(`content of ${key}`);
    const odd = store();
    const { etag } = await odd.upload(key, await useContent(t, bytes));
    await assertHolds(target, key, bytes);
    assert.equal((await odd.head({ key })).etag, etag);
    for (const prefix of ['', key]) {
      const { objects, truncated } = await odd.listPage({ prefix });
      assert.deepEqual(
        [objects.map(keySizeAndEtag), truncated],
        [[{ key, size: bytes.length, etag }], false],
      );
      assert.ok(Math.abs((objects[0]?.lastModified ?? 0) - Date.now()) < 900_000, 'it was stored just now');
    }
    assert.deepEqual((await odd.listPage({ prefix: key, startAfter: key })).objects, []);
  });
}

for (const [what, key] of [
  ['letters of one byte', 'x'.repeat(1024)],
  ['emoji', '🎉'.repeat(256)],
  ['characters that are three letters each in a URL', '\n'.repeat(1024)],
] as const) {
  contract(
    `a key of 1,024 bytes of ${what} is stored, found and listed`,
    {},
    async ({ t, target, store }) => {
      const bytes = Buffer.from('content');
      const long = store();
      const { etag } = await long.upload(key, await useContent(t, bytes));
      await assertHolds(target, key, bytes);
      assert.equal((await long.head({ key })).size, 7);
      const { objects } = await long.listPage({ prefix: '' });
      assert.deepEqual(objects.map(keySizeAndEtag), [{ key, size: 7, etag }]);
    },
  );
}

contract('a key of 1,025 bytes is refused, and nothing is stored', {}, async ({ t, target, store }) => {
  const { code, status } = await storeErrorOf(store().upload('x'.repeat(1025), await useContent(t, 'x')));
  assert.equal(status, 400);
  assert.match(code, /^(KeyTooLongError|InvalidObjectName)$/);
  assert.deepEqual(await keysIn(target), []);
});

for (const key of ['a/../b', './a', 'a/.', 'a/./b', '..a', '...', 'a/..']) {
  contract(`the key ${key} is kept as it is, or refused`, {}, async ({ t, target, store }) => {
    // HTTP clients and proxies like to tidy up paths: then another key would be written, or the signature would not fit.
    const outcome = await outcomeOf(store().upload(key, await useContent(t, 'content')));
    if (outcome === 'ok') await assertHolds(target, key, Buffer.from('content'));
    else assert.match(outcome, /^400 /);
    assert.deepEqual(await keysIn(target), outcome === 'ok' ? [key] : []);
  });
}

contract('odd keys are no hindrance to parts', {}, async ({ t, target, store }) => {
  const bytes = bytesOfLength(PART + 1);
  const content = await useContent(t, bytes);
  const parts = store();
  const keys = [' 1+1 %2F?a=b&c//ä\u0308 🎉\n\'"*', '🎉'.repeat(256)];
  for (const key of keys) {
    await parts.upload(key, content);
    await assertHolds(target, key, bytes);
  }
  assert.deepEqual((await parts.listPage({ prefix: '' })).objects.map(({ key }) => key).sort(), keys.sort());
});

function keySizeAndEtag({ key, size, etag }: ListedObject) {
  return { key, size, etag };
}
