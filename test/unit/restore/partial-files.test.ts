/** Partial files of large objects that stopped and killed restores leave, and how they are resumed. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryName } from '../../../src/restore/temporary-file.ts';
import { bytesOfLength } from '../../suites/contract/support/source.ts';
import { putParts } from '../../support/put-parts.ts';
import { endsOf, onlyEntry, type RestorePlace, useRestorePlace } from '../../support/restore.ts';
import { MIB } from '../../support/run.ts';
import { namesIn } from '../../support/tree.ts';

const PART = 5 * MIB;
const PARTS = 5;
/** Ranges of one object that are requested at once. */
const AT_ONCE = 8;
const BYTES = bytesOfLength(PARTS * PART - 1);

/** The last part is a byte shorter. */
function sizesOf(bytes: Buffer): number[] {
  return Array.from({ length: Math.ceil(bytes.length / PART) }, (_, index) =>
    Math.min(PART, bytes.length - index * PART),
  );
}

async function usePlace(t: TestContext, bytes = BYTES): Promise<RestorePlace> {
  const place = await useRestorePlace(t);
  await putParts(place, 'file', bytes, sizesOf(bytes));
  return place;
}

/** First bytes of the requested ranges, in order. */
function startsOf({ server }: RestorePlace): number[] {
  return server.requests
    .of('GetObject')
    .map(({ headers }) => Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1]))
    .sort((a, b) => a - b);
}

test('a large object is read once, part by part, and proved without reading the file', async (t) => {
  const place = await usePlace(t);
  const entry = onlyEntry(await place.restore());
  assert.deepEqual([entry.fate, entry.proof, entry.md5, entry.attempts], ['restored', 'etag-parts', null, 1]);
  assert.deepEqual(
    startsOf(place),
    sizesOf(BYTES).map((_, index) => index * PART),
  );
  assert.ok(readFileSync(place.path('file')).equals(BYTES));
  assert.equal(statSync(place.path('file')).mode & 0o100, 0);
});

test('after a crash the ranges that may have gaps are downloaded again', async (t) => {
  const bytes = bytesOfLength(10 * PART);
  const place = await usePlace(t, bytes);
  const { files } = await place.restore({ dryRun: true });
  const { key, etag, size } = files[0] as { key: string; etag: string; size: number };
  mkdirSync(place.to, { recursive: true });
  const path = join(place.to, temporaryName({ key, etag, size, versionId: undefined } as never));
  const left = Buffer.from(bytes.subarray(0, 9 * PART));
  // Of the last eight ranges only the last one had arrived.
  left.fill(0, PART, 8 * PART);
  writeFileSync(path, left);
  chmodSync(path, 0o600);
  place.server.requests.clear();

  const entry = onlyEntry(await place.restore());

  assert.deepEqual(
    [entry.proof, entry.attempts, entry.resumed_bytes],
    ['etag-parts', 1, (9 - AT_ONCE) * PART],
  );
  assert.equal(startsOf(place)[0], PART);
  assert.ok(readFileSync(place.path('file')).equals(bytes));
  assert.deepEqual(namesIn(place.to), ['file']);
});

test('a restore that fails in mid-file leaves no gaps, and the next one resumes exactly there', async (t) => {
  const place = await usePlace(t);
  place.server.faults.plan({
    operation: 'GetObject',
    skip: 3,
    do: { kind: 'error', status: 503, code: 'SlowDown' },
  });
  assert.equal(endsOf(await place.restore({ maxAttempts: 1 })).file, 'failed DOWNLOAD_FAILED');
  const [name = ''] = namesIn(place.to);
  const left = readFileSync(join(place.to, name));
  const read = place.server.requests.of('GetObject').length;
  assert.ok(
    left.length % PART === 0 && left.length < (read - 1) * PART,
    `${left.length} bytes of ${read} ranges`,
  );
  assert.ok(left.equals(BYTES.subarray(0, left.length)));
  assert.equal(statSync(join(place.to, name)).mode & 0o777, 0o700);
  place.server.requests.clear();

  const entry = onlyEntry(await place.restore());

  assert.deepEqual([entry.proof, entry.attempts, entry.resumed_bytes], ['etag-parts', 1, left.length]);
  assert.equal(startsOf(place)[0], left.length);
  assert.ok(readFileSync(place.path('file')).equals(BYTES));
});

test('an answer that breaks off in mid-range is requested again, and its bytes are written again', async (t) => {
  const place = await usePlace(t);
  place.server.faults.plan({
    operation: 'GetObject',
    skip: 2,
    times: 3,
    do: { kind: 'reset-response', afterBytes: 2 * MIB },
  });
  const entry = onlyEntry(await place.restore());
  assert.deepEqual([entry.fate, entry.proof, entry.attempts], ['restored', 'etag-parts', 1]);
  assert.equal(startsOf(place).length, PARTS + 3);
  assert.ok(readFileSync(place.path('file')).equals(BYTES));
});
