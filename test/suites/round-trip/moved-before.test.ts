import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { claimBeside, DEAD } from '../../support/claims.ts';
import { backupTo, fatesOf, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { addFiles, useTree } from '../../support/tree.ts';

const listOf = (...paths: string[]) => ({ list: { input: Readable.from([paths.join('\n')]) } });

for (const processes of [1, 2]) {
  test(`a move over a list can be repeated after it was stopped (processes: ${processes})`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { a: '1', 'b/c': '2', late: '3' });
    const first = await moveTo(server, source, { processes, ...listOf('a', 'b/c') });
    assert.deepEqual(fatesOf(first), { a: 'deleted', 'b/c': 'deleted' });
    const again = await moveTo(server, source, { processes, ...listOf('a', 'b/c', 'late', 'never-was') });
    assert.deepEqual(fatesOf(again), {
      a: 'skipped MOVED_BEFORE',
      'b/c': 'skipped MOVED_BEFORE',
      late: 'deleted',
      'never-was': 'failed NOT_FOUND',
    });
    assert.equal(again.exit_code, 2);
    const last = await moveTo(server, source, { processes, ...listOf('a', 'b/c', 'late') });
    assert.deepEqual([last.exit_code, last.counts.skipped], [0, 3]);
  });
}

test('a dry run reports the same, also with a minimum age', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1', b: '2' });
  await moveTo(server, source, listOf('a'));
  const dry = await moveTo(server, source, { dryRun: true, minAgeSeconds: 60, ...listOf('a', 'b', 'c') });
  assert.deepEqual(fatesOf(dry), {
    a: 'skipped MOVED_BEFORE',
    b: 'skipped TOO_YOUNG',
    c: 'failed NOT_FOUND',
  });
});

test('a copy of a list, and a file that a crash left claimed, work as usual', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1', b: '2' });
  await backupTo(server, source, listOf('a', 'b'));
  rmSync(join(source, 'a'));
  assert.deepEqual(fatesOf(await backupTo(server, source, listOf('a'))), { a: 'failed NOT_FOUND' });
  addFiles(source, { [claimBeside(DEAD, 'a')]: '1' });
  const moved = await moveTo(server, source, listOf('a'));
  assert.deepEqual([fatesOf(moved), moved.restored_files], [{ a: 'deleted' }, 1]);
});

test('a missing file is not reported as moved if the store does not answer', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1' });
  await moveTo(server, source, listOf('a'));
  server.faults.plan({
    operation: 'HeadObject',
    times: 9,
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  assert.deepEqual(fatesOf(await moveTo(server, source, listOf('a'))), { a: 'failed NOT_FOUND' });
});
