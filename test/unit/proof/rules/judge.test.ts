import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Checksums } from '../../../../src/digest/checksum.ts';
import { type Expected, judge } from '../../../../src/proof/rules/judge.ts';
import type { ObjectState } from '../../../../src/proof/rules/object-state.ts';

const MD5 = '0123456789abcdef0123456789abcdef';
const PARTS = `${MD5.replaceAll('0', 'f')}-3`;
const CRC32 = 'AQIDBA==';
const single: Expected = {
  size: 5,
  md5: MD5,
  checksums: { crc32: CRC32 },
  partsEtag: undefined,
  etag: MD5,
};
const parts: Expected = { ...single, partsEtag: PARTS, etag: PARTS };
const found: ObjectState = { size: 5, etag: MD5, versionId: undefined, checksums: {} };

test('the MD5 of the bytes is a proof, and so is the ETag of our parts', () => {
  assert.deepEqual(judge(found, single), { kind: 'proved', proof: 'etag-md5' });
  assert.deepEqual(judge({ ...found, etag: PARTS }, parts), { kind: 'proved', proof: 'etag-parts' });
});

test('no size, or another one, is no proof, whatever the ETag', () => {
  for (const size of [0, 4, 6]) assert.equal(judge({ ...found, size }, single).kind, 'differs');
  assert.equal(judge({ ...found, size: undefined }, single).kind, 'unproved');
});

test('an ETag that is not there proves nothing, nor does an empty one', () => {
  for (const etag of [undefined, '']) {
    assert.notEqual(judge({ ...found, etag }, { ...single, etag: '' }).kind, 'proved');
  }
  assert.notEqual(judge({ ...found, etag: undefined }, { ...parts, partsEtag: undefined }).kind, 'proved');
});

test("a checksum proves only our own write's object, and only one of the whole object", () => {
  const ours = { ...single, etag: 'opaque' };
  const outcome = (checksums: Checksums, etag = 'opaque') => {
    const judgement = judge({ ...found, etag, checksums }, ours);
    return judgement.kind === 'proved' ? judgement.proof : judgement.kind;
  };
  assert.equal(outcome({ crc32: CRC32 }), 'checksum');
  assert.equal(outcome({ crc32: CRC32 }, 'other'), 'differs');
  assert.equal(outcome({ crc32: `${CRC32}-3` }), 'unproved');
  assert.equal(outcome({}), 'unproved');
  assert.equal(outcome({ crc32c: CRC32 }), 'unproved');
  assert.equal(outcome({ crc32: 'AAAAAQ==' }), 'differs');
});

test('a composite checksum proves only if both are of the same number of parts', () => {
  const ours = { ...parts, etag: 'opaque', checksums: { sha256: 'abc=-3' } };
  const kind = (sha256: string) => judge({ ...found, etag: 'opaque', checksums: { sha256 } }, ours).kind;
  assert.deepEqual(['abc=-3', 'xyz=-3', 'abc=-2', 'abc='].map(kind), [
    'proved',
    'differs',
    'unproved',
    'unproved',
  ]);
});

test('a checksum that differs refutes what the ETag proves', () => {
  const wrong = { ...found, checksums: { crc32: 'AAAAAQ==' } };
  assert.deepEqual(judge(wrong, single), {
    kind: 'differs',
    reason: 'CRC32 AAAAAQ== in S3, AQIDBA== here',
  });
});

test('a CRC says nothing of content that was found under a key, and a SHA-256 does', () => {
  const found32 = { ...found, etag: 'opaque', checksums: { crc32: CRC32 } };
  const found256 = { ...found, etag: 'opaque', checksums: { sha256: 'abc=' } };
  const ours = { ...single, etag: undefined, checksums: { crc32: CRC32, sha256: 'abc=' } };
  assert.equal(judge(found32, ours).kind, 'unproved');
  assert.deepEqual(judge(found256, ours), { kind: 'proved', proof: 'checksum' });
  assert.deepEqual(judge({ ...found32, checksums: { crc32: 'AAAAAQ==' } }, ours).kind, 'differs');
});

test('a CRC says nothing of a write that an earlier run has begun, and the ETag of parts and a SHA-256 do', () => {
  const resumed = { ...parts, etag: 'opaque', isResumed: true, wantsChecksum: true };
  const ours = { ...resumed, checksums: { crc32: CRC32, sha256: 'abc=-3' } };
  const judgementOf = (checksums: Checksums, etag: string, expected: Expected) =>
    judge({ ...found, etag, checksums }, expected);
  assert.equal(judgementOf({ crc32: CRC32 }, 'opaque', ours).kind, 'unproved');
  assert.equal(judgementOf({ crc32: 'AAAAAQ==' }, 'opaque', ours).kind, 'differs');
  const bySha256 = judgementOf({ sha256: 'abc=-3' }, 'opaque', ours);
  assert.deepEqual(bySha256, { kind: 'proved', proof: 'checksum' });
  const byEtag = judgementOf({ crc32: CRC32 }, PARTS, { ...ours, etag: PARTS });
  assert.deepEqual(byEtag, { kind: 'proved', proof: 'etag-parts' });
});

test('an ETag that is known to be an MD5, and is another one, refutes whatever else agrees', () => {
  const other = 'f'.repeat(32);
  const agreeing = { ...found, etag: other, checksums: { crc32: CRC32, sha256: 'abc=' } };
  const ours = { ...single, etag: other, checksums: { crc32: CRC32, sha256: 'abc=' } };
  const kind = (is: ObjectState, etagsAreMd5: boolean) => judge(is, { ...ours, etagsAreMd5 }).kind;
  assert.equal(kind({ ...agreeing, etagIsDigest: true }, true), 'differs');
  // KMS, a listing that does not tell, another store.
  assert.equal(kind({ ...agreeing, etagIsDigest: false }, true), 'proved');
  assert.equal(kind(agreeing, true), 'proved');
  assert.equal(kind({ ...agreeing, etagIsDigest: true }, false), 'proved');
});

test('digests are compared without case', () => {
  const upper = { ...found, etag: MD5.toUpperCase() };
  assert.deepEqual(judge(upper, { ...single, etag: undefined }), { kind: 'proved', proof: 'etag-md5' });
  const ofParts = { ...found, etag: PARTS.toUpperCase() };
  assert.deepEqual(judge(ofParts, { ...parts, etag: undefined }), { kind: 'proved', proof: 'etag-parts' });
});

test('if ETag and checksum both serve, the checksum is the proof only if it is asked for', () => {
  const both = { ...found, checksums: { crc32: CRC32 } };
  const proof = (is: ObjectState, wantsChecksum: boolean) => judge(is, { ...single, wantsChecksum });
  assert.deepEqual(proof(both, false), { kind: 'proved', proof: 'etag-md5' });
  assert.deepEqual(proof(both, true), { kind: 'proved', proof: 'checksum' });
  assert.deepEqual(proof(found, true), { kind: 'proved', proof: 'etag-md5' });
});

test('nothing is ever proved unless a digest that S3 reports equals one of ours', () => {
  const some = fc.constantFrom(MD5, PARTS, 'opaque', '', undefined);
  const state = fc.record({
    size: fc.constantFrom(5, 6, undefined),
    etag: some,
    versionId: fc.constant(undefined),
    checksums: fc.record({
      crc32: fc.constantFrom(CRC32, 'AAAACQ==', `${CRC32}-2`, undefined),
      sha256: fc.constantFrom('abc=', 'xyz=', undefined),
    }),
    etagIsDigest: fc.constantFrom(true, false, undefined),
  });
  const expectation = fc.record({
    size: fc.constant(5),
    md5: fc.constantFrom(MD5, undefined),
    checksums: fc.record({
      crc32: fc.constantFrom(CRC32, undefined),
      sha256: fc.constantFrom('abc=', undefined),
    }),
    etagsAreMd5: fc.boolean(),
    wantsChecksum: fc.boolean(),
    partsEtag: fc.constantFrom(PARTS, undefined),
    etag: fc.constantFrom(MD5, PARTS, 'opaque', '', undefined),
  });
  fc.assert(
    fc.property(state, expectation, (is, expected) => {
      if (judge(is, expected).kind !== 'proved') return;
      assert.equal(is.size, 5);
      assert.ok(
        (is.etag === MD5 && expected.md5 === MD5) ||
          (is.etag !== undefined && is.etag === expected.partsEtag) ||
          (is.checksums.sha256 === 'abc=' && expected.checksums.sha256 === 'abc=') ||
          (is.checksums.crc32 === CRC32 && expected.checksums.crc32 === CRC32 && is.etag === expected.etag),
      );
    }),
    { numRuns: 2000 },
  );
});
