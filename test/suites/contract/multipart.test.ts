import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { RecordedRequest } from '../../../src/s3-server/index.ts';
import { MIB } from '../../support/run.ts';
import { contract } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { assertHolds, partsEtagOf, unfinishedIn } from './support/truth.ts';

const REQUESTS = 'a real store does not show the requests that reach it';

contract('every part carries the MD5 of its own bytes', { embeddedOnly: REQUESTS }, async (bench) => {
  const { t, target, store } = bench;
  const bytes = bytesOfLength(2 * PART + 1000);
  await store().upload('key', await useContent(t, bytes));
  const expected = [0, 1, 2].map((n) => [String(n + 1), md5(bytes.subarray(n * PART, (n + 1) * PART))]);
  const sent = target.server?.requests.of('UploadPart') ?? [];
  assert.deepEqual(sent.map(numberAndMd5).sort(), expected);
});

contract(
  'parts of one file are sent side by side',
  { embeddedOnly: REQUESTS },
  async ({ t, target, store }) => {
    const { server } = target;
    let most = 0;
    const underWay = () => server?.requests.of('UploadPart').filter(({ status }) => status === 0).length ?? 0;
    server?.faults.plan({
      operation: 'UploadPart',
      times: 4,
      do: {
        kind: 'call',
        run: () => {
          most = Math.max(most, underWay());
        },
      },
    });
    server?.faults.plan({ operation: 'UploadPart', times: 4, do: { kind: 'delay', ms: 50 } });
    await store().upload('key', await useContent(t, bytesOfLength(4 * PART)));
    assert.ok(most >= 2, `${most} at once`);
  },
);

contract('without whole_md5 the ETag of the parts is right all the same', {}, async (bench) => {
  const { t, target, store } = bench;
  const bytes = bytesOfLength(PART + MIB);
  const content = await useContent(t, bytes);
  const answer = await store({ wholeMd5: false }).upload('key', content);
  assert.deepEqual([answer.etag, answer.partsEtag], [partsEtagOf(bytes), partsEtagOf(bytes)]);
  assert.equal(content.md5, undefined);
  await assertHolds(target, 'key', bytes);
});

contract('parts may be larger than the least', {}, async ({ t, target, store }) => {
  const bytes = bytesOfLength(10 * MIB);
  const content = await useContent(t, bytes);
  for (const partMib of [6, 9]) {
    const answer = await store({ partSizeBytes: partMib * MIB }).upload(`${partMib}`, content);
    assert.match(answer.etag, new RegExp(`-${2}$`));
    assert.equal(answer.partsEtag, answer.etag);
    await assertHolds(target, `${partMib}`, bytes);
  }
});

contract('several files in parts at once do not get mixed up', {}, async ({ t, target, store }) => {
  const files = [6, 7].map((mib) => ({
    key: `file ${mib}`,
    bytes: Buffer.from(bytesOfLength(mib * MIB)).reverse(),
  }));
  const both = store({ connections: 4 });
  const contents = await Promise.all(files.map(({ bytes }) => useContent(t, bytes)));
  await Promise.all(files.map(({ key }, n) => both.upload(key, contents[n] ?? assert.fail())));
  for (const { key, bytes } of files) await assertHolds(target, key, bytes);
  assert.deepEqual(await unfinishedIn(target), []);
});

function numberAndMd5({ query, headers }: RecordedRequest): (string | undefined)[] {
  return [query.partNumber, headers['content-md5']];
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('base64');
}
