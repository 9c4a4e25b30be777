import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CrcAlgorithm, crcOfPieces, startCrc } from '../../../src/s3-server/crc.ts';

/** The CRC of `123456789`, as the catalogue of parametrised CRC algorithms names it (https://reveng.sourceforge.io/crc-catalogue). */
const CHECK_VALUES: Readonly<Record<CrcAlgorithm, string>> = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
};

describe('the endpoint computes CRCs by itself', () => {
  for (const [name, value] of Object.entries(CHECK_VALUES)) {
    const algorithm = name as CrcAlgorithm;
    const crcOf = (bytes: Uint8Array) => {
      const sum = startCrc(algorithm);
      sum.update(bytes);
      return sum.digest();
    };

    it(`${name} has the check value of the catalogue, whole and in pieces`, () => {
      assert.equal(crcOf(Buffer.from('123456789')).toString('hex'), value);
      const sum = startCrc(algorithm);
      for (const piece of ['1', '', '2345', '6789']) sum.update(Buffer.from(piece));
      assert.equal(sum.digest().toString('hex'), value);
    });

    it(`${name} of pieces in a row is that of the whole`, () => {
      const whole = Buffer.from(Array.from({ length: 70_001 }, (_, at) => (at * at + 7) % 256));
      for (const cuts of [[0, 1, 70_000], [35_000], [1, 2, 3], [65_536], []]) {
        const ends = [...cuts, whole.length];
        const pieces = ends.map((end, at) => {
          const bytes = whole.subarray(ends[at - 1] ?? 0, end);
          return { crc: crcOf(bytes), size: bytes.length };
        });
        assert.deepEqual(crcOfPieces(algorithm, pieces), crcOf(whole), String(cuts));
      }
    });
  }
});
