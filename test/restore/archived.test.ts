import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endsOf, onlyEntry, useRestorePlace } from '../support/restore.ts';

test('archived objects are asked for and reported, and restored by a later run', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('glacier', 'ice', { StorageClass: 'GLACIER' });
  await place.put('deep', 'older ice', { StorageClass: 'DEEP_ARCHIVE' });
  await place.put('instant', 'cold', { StorageClass: 'GLACIER_IR' });
  const planned = await place.restore({ dryRun: true });
  assert.match(
    planned.files.find(({ key }) => key === 'deep')?.reason ?? '',
    /asked for: it is archived \(DEEP_ARCHIVE\)/,
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

test('an object that is on its way already is said to be', async (t) => {
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

test('an object of which only reading shows that it is archived is asked for, too', async (t) => {
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

test('what cannot be asked for has failed', async (t) => {
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
