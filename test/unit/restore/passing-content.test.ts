import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECKSUM_ALGORITHMS } from '../../../src/digest/checksum.ts';
import { Md5Queue } from '../../../src/digest/md5/md5-queue.ts';
import { BytesContent } from '../../../src/proof/local-content.ts';
import { PassingContent } from '../../../src/restore/passing-content.ts';
import { bytesOfLength } from '../../suites/contract/support/source.ts';

const BYTES = bytesOfLength(100_003);
const LAYOUTS = [
  30_000,
  [
    { count: 2, size: 1_000 },
    { count: 1, size: 98_003 },
  ],
] as const;

/** What HEAD tells of an object with these checksums. */
const stateWith = (checksums: Record<string, string>, etag = 'opaque') => ({
  size: BYTES.length,
  etag,
  versionId: undefined,
  checksums,
});

function passed(expected: ConstructorParameters<typeof PassingContent>[0]): PassingContent {
  const content = new PassingContent(expected);
  for (let at = 0, step = 1; at < BYTES.length; at += step, step = step * 3 + 1)
    content.update(BYTES.subarray(at, at + step));
  return content;
}

test('every digest that S3 may report is that of content in memory', async () => {
  const whole = new BytesContent(BYTES, new Md5Queue());
  const checksums = { crc32: 'x', crc32c: 'x', crc64nvme: 'x', sha256: 'x-4' };
  const content = passed({
    size: BYTES.length,
    state: stateWith(checksums),
    partSizes: { sizes: LAYOUTS, areReported: true },
    needsMd5: true,
  });
  assert.equal(await content.md5(), await whole.md5());
  assert.equal(content.knownMd5, whole.knownMd5);
  for (const layout of LAYOUTS) assert.equal(await content.partsEtag(layout), await whole.partsEtag(layout));
  for (const name of CHECKSUM_ALGORITHMS.filter((each) => each !== 'sha256'))
    assert.equal(await content.checksum(name), await whole.checksum(name));
  assert.equal(await content.partsChecksum(LAYOUTS[0]), await whole.partsChecksum(LAYOUTS[0], 'sha256'));
});

test('the MD5 is computed if the ETag looks like one, and nothing is computed that was not announced', async () => {
  const partSizes = { sizes: [], areReported: false };
  const etag = 'd41d8cd98f00b204e9800998ecf8427e';
  const state = stateWith({ sha256: 'x' }, etag);
  const content = passed({ size: BYTES.length, state, partSizes, needsMd5: false });
  const whole = new BytesContent(BYTES, new Md5Queue());
  assert.equal(await content.md5(), await whole.md5());
  assert.equal(await content.checksum('sha256'), await whole.checksum('sha256'));
  await assert.rejects(content.checksum('crc32'), /not computed/);
  await assert.rejects(content.partsEtag(8), /not computed/);
  const opaque = passed({ size: BYTES.length, state: stateWith({}), partSizes, needsMd5: false });
  await assert.rejects(opaque.md5(), /not computed/);
});
