import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { elements, elementText, escaped, recordsOf, unescaped } from '../../../../src/s3/signed-http/xml.ts';

test('finds the first element of a name, and no other that begins alike', () => {
  const xml = '<?xml version="1.0"?>\n<R><Keys>no</Keys><Key>one</Key><Key>two</Key><Empty></Empty></R>';
  assert.equal(elementText(xml, 'Key'), 'one');
  assert.equal(elementText(xml, 'Empty'), '');
  assert.equal(elementText(xml, 'Ke'), undefined);
  assert.equal(elementText(xml, 'None'), undefined);
});

test('an incomplete element is not found', () => {
  const xml = '<Contents><Key>a</Key></Contents><Contents><Key>b';
  assert.equal(elementText('<Key>b', 'Key'), undefined);
  assert.equal(elementText('<Key>b</Ke', 'Key'), undefined);
  assert.deepEqual(elements(xml, 'Contents'), ['<Key>a</Key>']);
});

test('yields every element of a name in order, however many', () => {
  const xml = Array.from({ length: 1000 }, (_, n) => `<C><Key>${n}</Key></C>\n`).join('');
  assert.deepEqual(
    elements(`<R>${xml}</R>`, 'C').map((content) => elementText(content, 'Key')),
    Array.from({ length: 1000 }, (_, n) => String(n)),
  );
  assert.deepEqual(elements('<R></R>', 'C'), []);
});

test('replaces the five entities and numbers once, not twice', () => {
  const text = (inner: string) => elementText(`<E>${inner}</E>`, 'E');
  assert.equal(text('&amp;&lt;&gt;&quot;&apos;'), `&<>"'`);
  assert.equal(text('&amp;lt;&amp;amp;&amp;#38;'), '&lt;&amp;&#38;');
  assert.equal(text('&#34;&#x22;&#xA;&#13;&#x1d11E;&#233;'), '""\n\r𝄞é');
});

test('leaves what is no entity as it is', () => {
  const plain = [
    '&',
    'a & b',
    '&;',
    '&nbsp;',
    '&#;',
    '&#x;',
    '&#xyz;',
    '&constructor;',
    '&toString;',
    '&__proto__;',
  ];
  for (const text of plain) assert.equal(elementText(`<E>${text}</E>`, 'E'), text);
});

test('a number that is no character is no reason to throw', () => {
  for (const text of ['&#x110000;', '&#9999999999;']) assert.equal(elementText(`<E>${text}</E>`, 'E'), text);
});

test('any text survives being escaped and read', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.string({ unit: fc.constantFrom(...'&<>"\';#xamplt'), maxLength: 30 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      assert.doesNotMatch(escaped(text), /[<>]/);
      assert.equal(elementText(`<A/><E>${escaped(text)}</E><E>z</E>`, 'E'), text);
    }),
    { numRuns: 200 },
  );
});

const recordsIn = (xml: string) =>
  recordsOf(
    xml,
    'C',
    () => new Map<string, string>(),
    (record, name, text) => record.set(name, unescaped(text)),
  );

test('one pass finds the texts that a search for each finds, and none of what holds elements', () => {
  const names = fc.uniqueArray(fc.constantFrom('Key', 'Keys', 'Size', 'ETag', 'A'), { minLength: 1 });
  const record = names.chain((chosen) =>
    fc.record(Object.fromEntries(chosen.map((name) => [name, fc.string({ unit: 'binary', maxLength: 9 })]))),
  );
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const written = records.map((texts) => {
        const all = Object.entries(texts).map(([name, text]) => `<${name}>${escaped(text)}</${name}>`);
        return `<C>\n${all.join('\n')}<Owner><ID>me</ID></Owner><None/></C>`;
      });
      const expected = records.map((texts) => new Map([...Object.entries(texts), ['ID', 'me']]));
      assert.deepEqual(recordsIn(`<R><Name>b</Name>${written.join('')}</R>`), expected);
    }),
    { numRuns: 200 },
  );
});

test('whatever stands in an element, one pass over it ends', () => {
  const garbage = fc.string({ unit: fc.constantFrom('<', '>', '/', 'C', 'K', '&', ' '), maxLength: 30 });
  fc.assert(
    fc.property(garbage, (text) => recordsIn(`<C>${text}</C>`).length <= 30),
    { numRuns: 2000 },
  );
  assert.equal(recordsIn('<C><Key</C>').length, 1);
});
