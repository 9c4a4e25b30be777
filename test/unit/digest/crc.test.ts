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

test('combining the CRCs of 10,000 parts takes no longer because they are 5 GiB instead of 5 MiB', () => {
  const crc = Buffer.from('cbf43926', 'hex');
  const timeOf = (size: number) => {
    const startedAt = performance.now();
    combineCrcs('CRC32', Array(10_000).fill({ crc, size }));
    return performance.now() - startedAt;
  };
  const shortest = (size: number) => Math.min(...[1, 2, 3].map(() => timeOf(size)));
  // Shifting by the bytes of a part, one by one, would take a thousand times as long.
  assert.ok(shortest(5 * 2 ** 30) < 50 * shortest(5 * 2 ** 20));
});
