import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base64OfCrc, type Expected, judge, type ObjectState } from '../../src/s3/proof.ts';

const MD5 = '0123456789abcdef0123456789abcdef';
const PARTS = `${MD5.replaceAll('0', 'f')}-3`;
const single = { size: 5, md5: MD5, crc32: 0x01020304, partsEtag: undefined, etag: MD5 } satisfies Expected;
const parts: Expected = { ...single, partsEtag: PARTS, etag: PARTS };
const found: ObjectState = { size: 5, etag: MD5, versionId: undefined, crc32: undefined };

test('the MD5 of the bytes is a proof, and so is the ETag of our parts', () => {
  assert.deepEqual(judge(found, single), { kind: 'proved', proof: 'etag-md5' });
  assert.deepEqual(judge({ ...found, etag: PARTS }, parts), { kind: 'proved', proof: 'etag-parts' });
});

test('no size, or another one, is no proof, whatever the ETag', () => {
  for (const size of [undefined, 0, 4, 6]) assert.equal(judge({ ...found, size }, single).kind, 'differs');
});

test('an ETag that is not there proves nothing, nor does an empty one', () => {
  for (const etag of [undefined, '']) {
    assert.notEqual(judge({ ...found, etag }, { ...single, etag: '' }).kind, 'proved');
  }
  assert.notEqual(judge({ ...found, etag: undefined }, { ...parts, partsEtag: undefined }).kind, 'proved');
});

test("a checksum proves only our own write's object, and only one of the whole object", () => {
  const ours = { ...single, etag: 'opaque' };
  const crc32 = base64OfCrc(single.crc32);
  assert.deepEqual(judge({ ...found, etag: 'opaque', crc32 }, ours), { kind: 'proved', proof: 'checksum' });
  assert.equal(judge({ ...found, etag: 'other', crc32 }, ours).kind, 'differs');
  assert.equal(judge({ ...found, etag: 'opaque', crc32: `${crc32}-3` }, ours).kind, 'unproved');
  assert.equal(judge({ ...found, etag: 'opaque', crc32: undefined }, ours).kind, 'unproved');
  assert.equal(judge({ ...found, etag: 'opaque', crc32: base64OfCrc(1) }, ours).kind, 'differs');
});

test('a CRC32 is written as S3 writes it', () => {
  assert.equal(base64OfCrc(0xcbf43926), 'y/Q5Jg==');
  assert.equal(base64OfCrc(0), 'AAAAAA==');
});

test('nothing is ever proved unless a digest that S3 reports equals one of ours', () => {
  const some = fc.constantFrom(MD5, PARTS, 'opaque', '', undefined);
  const state = fc.record({
    size: fc.constantFrom(5, 6, undefined),
    etag: some,
    versionId: fc.constant(undefined),
    crc32: fc.constantFrom(
      base64OfCrc(single.crc32),
      base64OfCrc(9),
      `${base64OfCrc(single.crc32)}-2`,
      undefined,
    ),
  });
  const expectation = fc.record({
    size: fc.constant(5),
    md5: fc.constantFrom(MD5, undefined),
    crc32: fc.constantFrom(single.crc32, undefined),
    partsEtag: fc.constantFrom(PARTS, undefined),
    etag: fc.constantFrom(MD5, PARTS, 'opaque', ''),
  });
  fc.assert(
    fc.property(state, expectation, (is, expected) => {
      if (judge(is, expected).kind !== 'proved') return;
      assert.equal(is.size, 5);
      assert.ok(
        (is.etag === MD5 && expected.md5 === MD5) ||
          (is.etag !== undefined && is.etag === expected.partsEtag) ||
          (is.crc32 === base64OfCrc(single.crc32) &&
            expected.crc32 === single.crc32 &&
            is.etag === expected.etag),
      );
    }),
    { numRuns: 2000 },
  );
});
