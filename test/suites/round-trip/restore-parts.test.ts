import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { backup } from '../../../src/index.ts';
import { partCountOf } from '../../../src/proof/part-sizes.ts';
import type { RestoreReport } from '../../../src/restore/summary.ts';
import { useNoPartNumbers } from '../../support/no-part-numbers.ts';
import { putParts } from '../../support/put-parts.ts';
import { endsOf, useRestorePlace } from '../../support/restore.ts';
import { MIB, optionsFor } from '../../support/run.ts';
import { useFolder } from '../../support/tree.ts';
import { bytesOfLength } from '../contract/support/source.ts';

/** Of equal parts but for the last. */
function equal(total: number, size: number): number[] {
  return Array.from({ length: Math.ceil(total / size) }, (_, n) => Math.min(size, total - n * size));
}

function proofsIn({ files }: RestoreReport): Record<string, string | null> {
  return Object.fromEntries(files.map(({ path, proof, code }) => [path, proof ?? code]));
}

test('parts of any sizes are proved, unless their number is the one of equal parts', async (t) => {
  const place = await useRestorePlace(t);
  const bytes = bytesOfLength(17 * MIB + 3);
  const odd = { odd: 6 * MIB + 1, small: 5 * MIB, one: 17 * MIB + 3 };
  for (const [key, size] of Object.entries(odd)) await putParts(place, key, bytes, equal(bytes.length, size));
  await putParts(place, 'below one read', bytes.subarray(0, 7 * MIB), [5 * MIB, 2 * MIB]);
  await putParts(place, 'grown', bytes, [5 * MIB, 10 * MIB, 2 * MIB + 3]);
  await putParts(place, 'unequal', bytes, [6 * MIB, 6 * MIB, 5 * MIB, 3]);
  await putParts(place, 'equal by the first', bytes, [6 * MIB, 5 * MIB, 6 * MIB + 3]);
  const report = await place.restore();
  assert.deepEqual(proofsIn(report), {
    odd: 'etag-parts',
    small: 'etag-parts',
    one: 'etag-parts',
    'below one read': 'etag-parts',
    grown: 'etag-parts',
    unequal: 'etag-parts',
    'equal by the first': 'NOT_PROVED',
  });
  for (const key of ['odd', 'small', 'one', 'grown', 'unequal', 'equal by the first'])
    assert.ok(readFileSync(place.path(key)).equals(bytes));
});

test('requests for a part of several requests that break off are repeated, and the part is proved', async (t) => {
  const place = await useRestorePlace(t);
  const bytes = bytesOfLength(33 * MIB);
  await putParts(place, 'file', bytes, equal(bytes.length, 20 * MIB));
  for (const [skip, afterBytes] of [
    [2, 5 * MIB],
    [1, MIB + 1],
  ] as const)
    place.server.faults.plan({ operation: 'GetObject', skip, do: { kind: 'reset-response', afterBytes } });
  assert.deepEqual(proofsIn(await place.restore()), { file: 'etag-parts' });
  place.server.faults.assertAllFired();
  assert.ok(readFileSync(place.path('file')).equals(bytes));
});

test('a part that cannot be read ends the others before their next request', async (t) => {
  const place = await useRestorePlace(t);
  const bytes = bytesOfLength(66 * MIB);
  await putParts(place, 'file', bytes, equal(bytes.length, 33 * MIB));
  place.server.faults.plan({
    operation: 'GetObject',
    skip: 1,
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  assert.deepEqual(endsOf(await place.restore()), { file: 'failed DOWNLOAD_FAILED' });
  const reads = place.server.requests.filter(({ operation }) => operation === 'GetObject');
  // The other part has five requests of its own.
  assert.ok(reads.length < 5, `${reads.length} requests`);
});

test('other bytes than those of the parts never get the name', async (t) => {
  const place = await useRestorePlace(t);
  const bytes = bytesOfLength(17 * MIB);
  place.server.faults.plan({ operation: 'UploadPart', do: { kind: 'flip-byte' } });
  await putParts(place, 'file', bytes, equal(bytes.length, 6 * MIB));
  assert.deepEqual(endsOf(await place.restore()), { file: 'failed CONTENT_DIFFERS' });
  assert.deepEqual(place.content(), {});
});

test('an empty object that was sent in parts is proved', async (t) => {
  const place = await useRestorePlace(t);
  await putParts(place, 'empty', Buffer.alloc(0), [0]);
  const report = await place.restore();
  assert.deepEqual([endsOf(report), proofsIn(report)], [{ empty: 'restored' }, { empty: 'etag-parts' }]);
});

test('if a store reports no parts, usual sizes and whole MiB are tried; an object of other parts is restored as unproved', async (t) => {
  const place = await useRestorePlace(t);
  const bytes = bytesOfLength(23 * MIB);
  for (const mib of [8, 12, 16, 19])
    await putParts(place, `by ${mib}`, bytes, equal(bytes.length, mib * MIB));
  await putParts(place, 'odd', bytes, equal(bytes.length, 8 * MIB + 1));
  const report = await place.restore({ endpointUrl: await useNoPartNumbers(t, place.server) });
  assert.deepEqual(proofsIn(report), {
    'by 8': 'etag-parts',
    'by 12': 'etag-parts',
    'by 16': 'etag-parts',
    'by 19': 'etag-parts',
    odd: 'NOT_PROVED',
  });
  for (const { path } of report.files) assert.ok(readFileSync(place.path(path)).equals(bytes), path);
});

test('if a store reports no parts, the part size of the options is tried', async (t) => {
  const place = await useRestorePlace(t);
  const source = useFolder(t);
  writeFileSync(join(source, 'file'), bytesOfLength(6 * MIB));
  // A size that is not tried otherwise.
  const partSizeBytes = 5 * MIB + 1;
  await backup({ ...optionsFor(place.server, source), partSizeBytes });
  const endpointUrl = await useNoPartNumbers(t, place.server);
  assert.deepEqual(proofsIn(await place.restore({ endpointUrl, partSizeBytes })), { file: 'etag-parts' });
});

test('an ETag with zero parts names no number of parts', () => {
  const etag = 'd41d8cd98f00b204e9800998ecf8427e';
  const numbers = [etag, `${etag}-0`, `${etag}-1`, `${etag}-10000`].map(partCountOf);
  assert.deepEqual(numbers, [undefined, undefined, 1, 10_000]);
});
