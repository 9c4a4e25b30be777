import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestoreObjectCommand } from '@aws-sdk/client-s3';
import { endsOf, onlyEntry, type RestorePlace, useRestorePlace } from '../../support/restore.ts';
import { MIB } from '../../support/run.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';

test('archived objects are asked for and reported, and restored by a later run', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('glacier', 'ice', { StorageClass: 'GLACIER' });
  await place.put('deep', 'older ice', { StorageClass: 'DEEP_ARCHIVE' });
  await place.put('instant', 'cold', { StorageClass: 'GLACIER_IR' });
  const planned = await place.restore({ dryRun: true });
  assert.match(
    planned.files.find(({ key }) => key === 'deep')?.reason ?? '',
    /asked for, unless S3 has it back already: it is archived \(DEEP_ARCHIVE\)/,
  );

  const asking = await place.restore({ archiveDays: 3, archiveTier: 'Bulk' });
  assert.deepEqual(endsOf(asking), {
    glacier: 'requested ARCHIVED',
    deep: 'requested ARCHIVED',
    instant: 'restored',
  });
  assert.equal(asking.exit_code, 2);
  assert.deepEqual(place.content(), { instant: 'cold' });
  const asked = place.server.requests.filter(({ operation }) => operation === 'RestoreObject');
  assert.deepEqual(asked.map(({ key }) => key).sort(), ['deep', 'glacier']);

  const restoring = await place.restore();
  assert.deepEqual(endsOf(restoring), { glacier: 'restored', deep: 'restored', instant: 'unchanged' });
  assert.equal(restoring.exit_code, 0);
});

test('an archived object that was requested before is reported as such', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('glacier', 'ice', { StorageClass: 'GLACIER' });
  place.server.faults.plan({
    operation: 'RestoreObject',
    do: { kind: 'error', status: 409, code: 'RestoreAlreadyInProgress' },
  });
  const report = await place.restore();
  assert.match(onlyEntry(report).reason ?? '', /was asked for before and is on its way/);
  assert.deepEqual([endsOf(report), report.exit_code], [{ glacier: 'requested ARCHIVED' }, 2]);
});

test('an object that turns out to be archived when it is read is requested, too', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('tiered', 'content', { StorageClass: 'INTELLIGENT_TIERING' });
  const error = { kind: 'error', status: 403, code: 'InvalidObjectState' } as const;
  place.server.faults.plan({ operation: 'GetObject', do: error });
  let body = '';
  place.server.faults.plan({
    operation: 'RestoreObject',
    do: { kind: 'error', status: 409, code: 'RestoreAlreadyInProgress' },
  });
  body = onlyEntry(await place.restore()).code ?? '';
  assert.equal(body, 'ARCHIVED');
  assert.equal((await place.restore()).exit_code, 0);
});

test('an archived object that cannot be requested fails', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('glacier', 'ice', { StorageClass: 'GLACIER' });
  place.server.faults.plan({
    operation: 'RestoreObject',
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  const report = await place.restore();
  assert.deepEqual(endsOf(report), { glacier: 'failed DOWNLOAD_FAILED' });
  assert.match(onlyEntry(report).reason ?? '', /^RestoreObject: AccessDenied/);
});

const askedFor = ({ server }: RestorePlace) =>
  server.requests.filter(({ operation }) => operation === 'RestoreObject').map(({ key }) => key);

test('an archived object with a restored copy is read, and not requested again', async (t) => {
  const place = await useRestorePlace(t);
  const large = Buffer.alloc(20 * MIB, 'large');
  for (const [key, StorageClass] of [
    ['glacier', 'GLACIER'],
    ['deep', 'DEEP_ARCHIVE'],
    ['large', 'GLACIER'],
  ] as const) {
    await place.put(key, key === 'large' ? large : key, { StorageClass });
    const RestoreRequest = { Days: 1 };
    await place.client.send(new RestoreObjectCommand({ Bucket: TEST_BUCKET, Key: key, RestoreRequest }));
  }
  const before = askedFor(place).length;
  const report = await place.restore();
  assert.deepEqual(endsOf(report), { glacier: 'restored', deep: 'restored', large: 'restored' });
  assert.equal(askedFor(place).length, before, 'it costs money, and begins their days anew');
  assert.equal(report.exit_code, 0);
});

for (const StorageClass of ['GLACIER', 'DEEP_ARCHIVE'] as const) {
  test(`a large object in ${StorageClass} is asked for with one try at reading it, and leaves nothing here`, async (t) => {
    const place = await useRestorePlace(t);
    await place.put('sub/large', Buffer.alloc(40 * MIB, 'large'), { StorageClass });
    assert.deepEqual(endsOf(await place.restore()), { 'sub/large': 'requested ARCHIVED' });
    assert.deepEqual(askedFor(place), ['sub/large']);
    assert.equal(place.server.requests.filter(({ operation }) => operation === 'GetObject').length, 1);
    assert.deepEqual(place.content(), {});
  });
}

test('a large object that turns out to be archived when it is read leaves no temporary file', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('sub/tiered', Buffer.alloc(40 * MIB, 'large'), { StorageClass: 'INTELLIGENT_TIERING' });
  const error = { kind: 'error', status: 403, code: 'InvalidObjectState' } as const;
  place.server.faults.plan({ operation: 'GetObject', do: error });
  place.server.faults.plan({
    operation: 'RestoreObject',
    do: { kind: 'error', status: 409, code: 'RestoreAlreadyInProgress' },
  });
  assert.deepEqual(endsOf(await place.restore()), { 'sub/tiered': 'requested ARCHIVED' });
  assert.deepEqual(place.content(), {});
  place.server.faults.assertAllFired();
  assert.deepEqual(endsOf(await place.restore()), { 'sub/tiered': 'restored' });
});
