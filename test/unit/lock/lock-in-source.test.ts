import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { verifyFiles } from '../../../src/verify/verify-files.ts';
import { useBucketClient } from '../../support/bucket.ts';
import { lookAtBucket } from '../../support/findings.ts';
import { plantLock } from '../../support/locks.ts';
import { backupTo, fatesOf, moveTo, optionsFor } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { useTree } from '../../support/tree.ts';

const LOCK = /^\.s3-backup-lock-[0-9a-f]{8}-[0-9a-f]{12}\//;

/** A source that is a place for locks as well, so that the run's own lock is in it, and one of another run. */
async function useSourceWithLocks(t: TestContext) {
  // Before TMPDIR is changed, so that its folder is elsewhere.
  const server = await useS3Server(t);
  const source = useTree(t, { file: 'content' });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = source;
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const planted = plantLock(source, '{}', 'draft');
  return { server, source, planted };
}

test('a move takes neither its own lock with it nor that of another run', async (t) => {
  const { server, source, planted } = await useSourceWithLocks(t);
  const report = await moveTo(server, source);
  const locks = report.files.filter(({ path }) => LOCK.test(path));
  assert.deepEqual(locks.map(({ path, code }) => `${path.replace(LOCK, '')} ${code}`).sort(), [
    'draft.json OWN_FILE',
    'held.json OWN_FILE',
    'socket SPECIAL_FILE',
  ]);
  const others = { ...report, files: report.files.filter(({ path }) => !LOCK.test(path)) };
  assert.deepEqual([fatesOf(others), report.exit_code], [{ file: 'deleted' }, 0]);
  assert.deepEqual([...(await lookAtBucket(useBucketClient(t, server), '')).keys()], ['file']);
  assert.ok(existsSync(join(planted, 'draft.json')));
});

test('verify takes locks for nothing that is missing', async (t) => {
  const { server, source } = await useSourceWithLocks(t);
  assert.equal((await backupTo(server, source)).exit_code, 0);
  // Another program has uploaded one.
  const Key = '.s3-backup-lock-0123abcd-0123456789ab/held.json';
  await useBucketClient(t, server).send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key, Body: '{}' }));
  const results: Record<string, string> = {};
  const summary = await verifyFiles(optionsFor(server, source), {
    strict: true,
    onResult: ({ path, result }) => {
      results[path.replace(LOCK, 'lock ')] = result;
    },
  });
  assert.equal(summary.exit_code, 0);
  assert.equal(results.file, 'same');
  assert.equal(results['lock draft.json'], 'left-out');
  assert.equal(results['lock held.json'], undefined);
});
