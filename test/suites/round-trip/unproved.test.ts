/** Objects of which S3 tells too little to prove what was read, and what an earlier restore has left of them. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryName } from '../../../src/restore/temporary-file.ts';
import { useDamagingProxy } from '../../support/damaging-proxy.ts';
import { useNoPartNumbers } from '../../support/no-part-numbers.ts';
import { putParts } from '../../support/put-parts.ts';
import { onlyEntry, type RestorePlace, useRestorePlace } from '../../support/restore.ts';
import { MIB } from '../../support/run.ts';
import { namesIn } from '../../support/tree.ts';
import { bytesOfLength } from '../contract/support/source.ts';

const SIZE = 17 * MIB + 3;
const BYTES = bytesOfLength(SIZE);
const KMS = { ServerSideEncryption: 'aws:kms' } as const;
/** No guess finds these sizes, and no HEAD of a part tells them all. */
const UNEQUAL = [6 * MIB, 5 * MIB, 6 * MIB + 3];
/** Ranges are of the size of the first part. */
const RANGE = 6 * MIB;

type Store = (place: RestorePlace) => Promise<void>;
const inParts: Store = (place) => putParts(place, 'file', BYTES, UNEQUAL);
const encrypted: Store = (place) => place.put('file', BYTES, KMS);
const plain: Store = (place) => place.put('file', BYTES);

/** Leaves the partial file of a restore that was stopped, with bytes that `change` has changed. Returns its length. */
async function leave(place: RestorePlace, change: (bytes: Buffer) => void): Promise<number> {
  const { files } = await place.restore({ dryRun: true });
  const { key, etag, size } = files[0] as { key: string; etag: string; size: number };
  const left = Buffer.from(BYTES.subarray(0, 9 * MIB));
  change(left);
  mkdirSync(place.to, { recursive: true });
  const name = temporaryName({ key, etag, size, versionId: undefined } as never);
  const path = join(place.to, name);
  writeFileSync(path, left);
  // The mode of a partial file without gaps.
  chmodSync(path, 0o700);
  return left.length;
}

const zeros = (bytes: Buffer) => {
  bytes.fill(0);
};
const nothing = () => undefined;

/** First bytes of what was asked for since, in order. */
function startsOf({ server }: RestorePlace): number[] {
  return server.requests
    .of('GetObject')
    .map(({ headers }) => Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1]))
    .sort((a, b) => a - b);
}

for (const requireProof of [true, false]) {
  for (const [kind, store] of Object.entries({ inParts, encrypted })) {
    test(`a leftover of zeros never gets the name of an object that cannot be proved (${kind}, ${requireProof})`, async (t) => {
      const place = await useRestorePlace(t);
      await store(place);
      await leave(place, zeros);
      const report = await place.restore({ requireProof });
      const { fate, code, resumed_bytes: resumed, proof } = onlyEntry(report);
      assert.deepEqual([fate, code, proof, resumed], ['restored', 'NOT_PROVED', null, 0]);
      assert.equal(report.exit_code, requireProof ? 2 : 0);
      assert.ok(readFileSync(place.path('file')).equals(BYTES));
      assert.deepEqual(namesIn(place.to), ['file']);
    });
  }
}

test('a correct partial file without a proof is read once more, and not more often', async (t) => {
  const place = await useRestorePlace(t);
  await inParts(place);
  const length = await leave(place, nothing);
  place.server.requests.clear();
  const entry = onlyEntry(await place.restore());
  assert.deepEqual([entry.code, entry.attempts, entry.resumed_bytes], ['NOT_PROVED', 2, 0]);
  assert.match(entry.reason ?? '', /read twice, it was the same/);
  assert.deepEqual(
    startsOf(place),
    [0, RANGE, length, 2 * RANGE, length + RANGE].sort((a, b) => a - b),
  );
  assert.ok(readFileSync(place.path('file')).equals(BYTES));
});

test('a partial file of zeros is detected by an ETag, even if no proof is required', async (t) => {
  for (const requireProof of [true, false]) {
    const place = await useRestorePlace(t);
    await plain(place);
    await leave(place, zeros);
    const entry = onlyEntry(await place.restore({ requireProof }));
    assert.deepEqual([entry.fate, entry.code, entry.proof], ['restored', null, 'etag-md5']);
    assert.ok(readFileSync(place.path('file')).equals(BYTES));
  }
});

test('a leftover that is proved is not read again', async (t) => {
  const place = await useRestorePlace(t);
  await plain(place);
  const length = await leave(place, nothing);
  place.server.requests.clear();
  const entry = onlyEntry(await place.restore());
  assert.deepEqual([entry.proof, entry.attempts, entry.resumed_bytes], ['etag-md5', 1, length]);
  assert.deepEqual(startsOf(place), [length, length + 8 * MIB]);
});

for (const [title, bytes, sizes, answers] of [
  ['of one answer', BYTES.subarray(0, 7 * MIB), [5 * MIB + 1, 2 * MIB - 1], 1],
  ['of three answers', BYTES, UNEQUAL, 3],
] as const) {
  test(`parts that cannot be proved are read until two reads agree: an object ${title}`, async (t) => {
    const place = await useRestorePlace(t);
    await putParts(place, 'file', bytes, sizes);
    const endpoint = await useNoPartNumbers(t, place.server);
    for (const [damagedAnswers, attempts] of [
      [0, 2],
      [1, 3],
    ] as const) {
      const proxy = await useDamagingProxy(t, { endpoint }, (answer) => answer < damagedAnswers);
      const to = join(place.root, `after ${attempts}`);
      place.server.requests.clear();
      const report = await place.restore({ endpointUrl: proxy.url, to });
      const entry = onlyEntry(report);
      assert.deepEqual([entry.fate, entry.code, entry.attempts], ['restored', 'NOT_PROVED', attempts]);
      assert.equal(report.exit_code, 2);
      assert.equal(proxy.damaged(), damagedAnswers);
      assert.equal(place.server.requests.of('GetObject').length, answers * attempts);
      assert.ok(readFileSync(join(to, 'file')).equals(bytes));
    }
  });

  test(`parts that are other bytes at each read never get a name: an object ${title}`, async (t) => {
    const place = await useRestorePlace(t);
    await putParts(place, 'file', bytes, sizes);
    const endpoint = await useNoPartNumbers(t, place.server);
    const proxy = await useDamagingProxy(t, { endpoint }, (answer) => answer % answers === 0);
    const report = await place.restore({ endpointUrl: proxy.url, requireProof: false });
    const entry = onlyEntry(report);
    assert.deepEqual([entry.fate, entry.code, report.exit_code], ['failed', 'CONTENT_DIFFERS', 2]);
    assert.equal(proxy.damaged(), 3);
    assert.deepEqual(place.content(), {});
  });
}

test('an object that was sent whole is read once if S3 has no digest of it', async (t) => {
  const place = await useRestorePlace(t);
  await encrypted(place);
  const { code, attempts } = onlyEntry(await place.restore());
  assert.deepEqual([code, attempts], ['NOT_PROVED', 1]);
});
