import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../src/digest/checksum.ts';
import { checksumOfParts } from '../../../src/digest/checksum-of-parts.ts';
import { PartsDigest } from '../../../src/digest/parts-digest.ts';

/** Of `123456789`: https://reveng.sourceforge.io/crc-catalogue/all.htm, and `printf 123456789 | sha256sum`. */
const CHECK: Readonly<Record<string, string>> = {
  crc32: 'cbf43926',
  crc32c: 'e3069283',
  crc64nvme: 'ae8b14860a799888',
  sha256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
};

const MIB = 1024 * 1024;
const bytes = randomBytes(9 * MIB + 5);

for (const algorithm of CHECKSUM_ALGORITHMS) {
  test(`${algorithm} has the value that the world has agreed on`, async () => {
    const sum = await checksumOf(algorithm, Buffer.from('123456789'));
    assert.equal(sum.toString('hex'), CHECK[algorithm]);
  });

  test(`${algorithm} is the same wherever the bytes begin in memory, and whatever their number`, async () => {
    for (let length = 0; length < 40; length += 1) {
      const aligned = await checksumOf(algorithm, bytes.subarray(0, length));
      const shifted = Buffer.alloc(length + 3);
      bytes.copy(shifted, 3, 0, length);
      assert.deepEqual(await checksumOf(algorithm, shifted.subarray(3)), aligned, `${length} bytes`);
    }
  });

  test(`${algorithm} lets others have their turn between the pieces of a large body`, async () => {
    let hadTurn = false;
    const done = checksumOf(algorithm, bytes).then(() => hadTurn);
    setImmediate(() => {
      hadTurn = true;
    });
    assert.equal(await done, true);
  });

  test(`${algorithm} of parts is that of S3, however the bytes come`, async () => {
    const size = 4 * MIB;
    const digest = new PartsDigest(size, algorithm);
    for (let at = 0; at < bytes.length; at += 1_000_003) digest.update(bytes.subarray(at, at + 1_000_003));
    const parts = await Promise.all(
      [0, 1, 2].map(async (n) => {
        const part = bytes.subarray(n * size, (n + 1) * size);
        return { sum: await checksumOf(algorithm, part), size: part.length };
      }),
    );
    const expected =
      algorithm === 'sha256'
        ? `${createHash('sha256')
            .update(Buffer.concat(parts.map(({ sum }) => sum)))
            .digest('base64')}-3`
        : (await checksumOf(algorithm, bytes)).toString('base64');
    assert.equal(checksumOfParts(algorithm, parts), expected);
    assert.equal(digest.checksum(), expected);
  });
}
