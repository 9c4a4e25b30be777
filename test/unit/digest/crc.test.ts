import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combineCrcs } from '../../../src/digest/crc-combine.ts';
import { startChecksum } from '../../../src/s3-server/checksum.ts';

const bytes = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31 + i) & 255));

for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
  const crcOf = (piece: Buffer): Buffer => {
    const sum = startChecksum(algorithm);
    sum.update(piece);
    return sum.digest();
  };

  test(`${algorithm} is the same in one piece and in many`, () => {
    const sum = startChecksum(algorithm);
    for (let at = 0; at < bytes.length; at += 777) sum.update(bytes.subarray(at, at + 777));
    assert.deepEqual(sum.digest(), crcOf(bytes));
  });

  test(`${algorithm} of a whole follows from its pieces, empty ones too`, () => {
    for (const lengths of [[5000], [1, 4999], [0, 2500, 0, 2500], [1000, 1000, 1000, 1000, 999, 1], []]) {
      let at = 0;
      const pieces = lengths.map((size) => {
        at += size;
        return { crc: crcOf(bytes.subarray(at - size, at)), size };
      });
      assert.deepEqual(combineCrcs(algorithm, pieces), crcOf(bytes.subarray(0, at)), lengths.join());
    }
  });
}

test('the CRCs of 10,000 equal parts of 5 GiB are combined in well under a second', () => {
  const crc = Buffer.from('cbf43926', 'hex');
  const startedAt = performance.now();
  combineCrcs('CRC32', Array(10_000).fill({ crc, size: 5 * 2 ** 30 }));
  assert.ok(performance.now() - startedAt < 1000);
});
