import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '../../../src/s3-server/errors.ts';
import { childrenOf, parseXml, textOf } from '../../../src/s3-server/xml-read.ts';
import { document, escapeXml, text } from '../../../src/s3-server/xml-write.ts';

test('written text is read back unchanged', () => {
  const odd = ' a&b<c>"d"\'e\r\n\t\u0001\u0085\uFFFE\u{1F600} ';
  assert.equal(textOf(parseXml(document('Root', text('Key', odd)), 'Root'), 'Key'), odd);
  assert.equal(escapeXml('\u0001\r'), '&#x1;&#xD;');
});

test('prefixes, attributes, comments, CDATA and all kinds of references are understood', () => {
  const source = `\uFEFF<?xml version="1.0"?>\r\n<!-- <no/> --><s:A xmlns:s="x">
    <B>1&lt;&#50;&#x33;&amp;amp;</B><B><![CDATA[<&]]></B><C a="b"/></s:A> `;
  const root = parseXml(source, 'A');
  assert.deepEqual(
    childrenOf(root, 'B').map((child) => child.text),
    ['1<23&amp;', '<&'],
  );
  assert.equal(textOf(root, 'C'), '');
  assert.equal(textOf(root, 'C', 'D'), undefined);
});

test('a document that is not well-formed, or has another root, is MalformedXML', () => {
  const sources = [
    '',
    'text',
    '<A>',
    '<A></B>',
    '<A/><A/>',
    '<A/>x',
    '</A>',
    '<A>&nbsp;</A>',
    '<A>a & b</A>',
    '<B/>',
  ];
  sources.push('<!DOCTYPE A [<!ENTITY x "y">]><A>&x;</A>', '<A>&#xD800;</A>', '<A>&#0;</A>', '<A'.repeat(40));
  sources.push(`${'<A>'.repeat(20)}${'</A>'.repeat(20)}`);
  for (const source of sources) {
    assert.throws(
      () => parseXml(source, 'A'),
      (error) => error instanceof S3Error && error.code === 'MalformedXML',
      source,
    );
  }
});
