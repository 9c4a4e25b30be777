import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { listPageOf } from '../../../../src/s3/signed-http/list-page.ts';
import { escaped } from '../../../../src/s3/signed-http/xml.ts';

/** An answer as AWS makes it, https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
function pageOf(contents: string, { more = '', truncated = false } = {}): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix>p</Prefix>${more}<KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>${truncated}</IsTruncated>${contents}</ListBucketResult>`;
}

const ONE = `<Contents><Key>my-image.jpg</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified><ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><Size>434234</Size><StorageClass>STANDARD</StorageClass></Contents>`;

test('reads keys, sizes, ETags, times and classes', () => {
  const { objects = [], ...page } = listPageOf(pageOf(ONE)) ?? {};
  assert.deepEqual(page, { truncated: false });
  assert.deepEqual(
    objects.map((object) => ({ ...object })),
    [
      {
        key: 'my-image.jpg',
        size: 434234,
        etag: 'fba9dede5f27731c9771645a39863328',
        lastModified: Date.UTC(2009, 9, 12, 17, 50, 30),
        storageClass: 'STANDARD',
      },
    ],
  );
});

test('every object has its own time, also one that cannot be read between two that are the same', () => {
  const texts = [
    '2009-10-12T17:50:30.000Z',
    '2009-10-12T17:50:30.000Z',
    'soon',
    '',
    '2009-10-12T17:50:30.000Z',
  ];
  const contents = texts.map(
    (text) => `<Contents><Key>a</Key><LastModified>${text}</LastModified></Contents>`,
  );
  const time = Date.UTC(2009, 9, 12, 17, 50, 30);
  for (const page of [1, 2]) {
    assert.deepEqual(
      listPageOf(pageOf(contents.join('')))?.objects.map(({ lastModified }) => lastModified),
      [time, time, undefined, undefined, time],
      `page ${page}`,
    );
  }
});

test('knows whether there is more, and an empty page', () => {
  assert.deepEqual(listPageOf(pageOf('')), { objects: [], truncated: false });
  assert.equal(listPageOf(pageOf(ONE, { truncated: true }))?.truncated, true);
  const more = '<NextContinuationToken>a&amp;b</NextContinuationToken>';
  assert.equal(listPageOf(pageOf(ONE, { truncated: true, more }))?.next, 'a&b');
});

test('keys are decoded where they are encoded, and only there', () => {
  const url = { more: '<EncodingType>url</EncodingType>' };
  const key = (text: string) => `<Contents><Key>${text}</Key><ETag>x</ETag><Size>1</Size></Contents>`;
  const keyIn = (page: string) => listPageOf(page)?.objects[0]?.key;
  assert.equal(keyIn(pageOf(key('a+b%2Bc%0A%C3%A4/%25'), url)), 'a b+c\nä/%');
  assert.equal(keyIn(pageOf(key('a+b%2Bc')))?.toString(), 'a+b%2Bc');
  assert.equal(keyIn(pageOf(key('a&amp;b &lt;&#xA;'))), 'a&b <\n');
  assert.equal(
    keyIn(pageOf(key('&lt;EncodingType&gt;url&lt;/EncodingType&gt;+'))),
    '<EncodingType>url</EncodingType>+',
  );
});

test('any key is read as it was written, in either encoding', () => {
  const keys = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), { maxLength: 5 });
  fc.assert(
    fc.property(keys, fc.boolean(), (names, isEncoded) => {
      const written = (key: string) =>
        isEncoded ? encodeURIComponent(key).replaceAll('%20', '+') : escaped(key);
      const contents = names.map(
        (key, size) =>
          `<Contents><Key>${written(key)}</Key><Size>${size}</Size><ETag>"${size}"</ETag><Owner><ID>Key</ID></Owner></Contents>`,
      );
      const more = isEncoded ? '<EncodingType>url</EncodingType>' : '';
      assert.deepEqual(
        listPageOf(pageOf(contents.join('\n'), { more }))?.objects.map(({ key, size, etag }) => ({
          key,
          size,
          etag,
        })),
        names.map((key, size) => ({ key, size, etag: String(size) })),
      );
    }),
    { numRuns: 300 },
  );
});

test('missing values stay undefined', () => {
  const [object] = listPageOf(pageOf('<Contents><Key>a</Key></Contents>'))?.objects ?? [];
  assert.deepEqual([object?.key, object?.size, object?.etag], ['a', undefined, undefined]);
  assert.deepEqual([object?.lastModified, object?.storageClass], [undefined, undefined]);
});

test('an answer that is no list, or an incomplete one, is refused', () => {
  const page = pageOf(ONE);
  const others = [
    '',
    'OK',
    '<!doctype html><title>Welcome</title>',
    '<?xml version="1.0"?><Error><Code>InternalError</Code></Error>',
    '<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>',
    `${page}<Error><Code>InternalError</Code></Error>`,
    '<ListBucketResult></ListBucketResult>',
  ];
  for (const other of others) assert.equal(listPageOf(other), undefined, other);
  for (let end = 0; end < page.length; end += 1) assert.equal(listPageOf(page.slice(0, end)), undefined);
  assert.ok(listPageOf(`${page}\n`));
});

test('a key whose encoding is broken is no reason to throw', () => {
  const contents = '<Contents><Key>100%</Key><Size>1</Size></Contents>';
  const page = pageOf(contents, { more: '<EncodingType>url</EncodingType>' });
  assert.doesNotThrow(() => listPageOf(page));
});
