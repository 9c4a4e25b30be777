import assert from 'node:assert/strict';
import { linkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { BackupOptions, Report } from '../../../src/index.ts';
import { PLANS } from '../../../src/stages/plan.ts';
import { useBucketClient } from '../../support/bucket.ts';
import { imbalances } from '../../support/report-truth.ts';
import { backupTo, entryFor, fatesOf, MIB } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { type Files, useTree } from '../../support/tree.ts';

const FILES = { new: 'new', same: 'same', differs: 'ours', longer: 'longer' };
const THERE = { same: 'same', differs: 'them', longer: 'short' };

/** A source, and a bucket that holds some of it, and what a dry run and then a real one say of both. */
async function plannedAndDone(t: TestContext, options: Partial<BackupOptions>, files: Files = FILES) {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  const source = useTree(t, files);
  for (const [Key, text] of Object.entries(THERE))
    await client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key, Body: Buffer.from(text) }));
  const sentBefore = server.requests.of('PutObject').length;
  const dry = await backupTo(server, source, { ...options, dryRun: true });
  assert.equal(server.requests.of('PutObject').length, sentBefore);
  const asked = server.requests.length - sentBefore;
  return { dry, asked, real: await backupTo(server, source, options), server, source };
}

function plansOf(report: Report): Record<string, string> {
  const names = Object.entries(PLANS);
  return Object.fromEntries(
    report.files.map(({ path, fate, code, reason }) => {
      const planned = names.find(([, text]) => text === reason)?.[0];
      return [path, code === 'DRY_RUN' ? (planned ?? `${reason}`) : `${fate} ${code ?? ''}`.trim()];
    }),
  );
}

test('a dry run of a copy reports what the run then does', async (t) => {
  const { dry, real } = await plannedAndDone(t, {});
  assert.deepEqual(plansOf(dry), {
    new: 'upload',
    same: 'unchanged',
    differs: 'overwrite',
    longer: 'overwrite',
  });
  assert.deepEqual(dry.planned, { files: 3, bytes: 13, present_files: 0, present_bytes: 0 });
  assert.deepEqual(fatesOf(real), { new: 'kept', same: 'unchanged', differs: 'kept', longer: 'kept' });
});

test('a file that a dry run has read and found in S3 is proved like in the run, and not counted as unread', async (t) => {
  const { dry, real } = await plannedAndDone(t, {});
  assert.deepEqual([dry.verified_files, dry.unread_files, dry.successful_uploads], [1, 0, 0]);
  const proofOf = (report: Report) => {
    const { md5, etag, proof } = entryFor(report, 'same');
    return { md5, etag, proof };
  };
  assert.equal(proofOf(dry).proof, 'etag-md5');
  assert.deepEqual(proofOf(dry), proofOf(real));
  assert.deepEqual(imbalances(dry), []);
});

test('a dry run of a move reports what the run then does', async (t) => {
  const { dry, real } = await plannedAndDone(t, { deleteAfterUpload: true });
  const exists = 'failed OBJECT_EXISTS';
  assert.deepEqual(plansOf(dry), { new: 'move', same: 'remove', differs: exists, longer: exists });
  assert.deepEqual(dry.planned, { files: 1, bytes: 3, present_files: 1, present_bytes: 4 });
  assert.deepEqual(fatesOf(real), { new: 'deleted', same: 'deleted', differs: exists, longer: exists });
  assert.equal(dry.exit_code, real.exit_code);
  assert.equal(entryFor(dry, 'differs').reason, entryFor(real, 'differs').reason);
});

test('a dry run with overwrite says which objects it would overwrite', async (t) => {
  const { dry } = await plannedAndDone(t, { deleteAfterUpload: true, overwrite: 'always' });
  assert.deepEqual(plansOf(dry), { new: 'move', same: 'moveOver', differs: 'moveOver', longer: 'moveOver' });
});

test('a dry run of a move reports which files would be kept: links, and files with other hard links', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: '1' });
  linkSync(join(source, 'file'), join(source, 'other'));
  symlinkSync('file', join(source, 'link'));
  const options = { deleteAfterUpload: true, links: 'follow' } as const;
  const dry = await backupTo(server, source, { ...options, dryRun: true });
  assert.deepEqual(plansOf(dry), { file: 'keep', other: 'keep', link: 'keep' });
  const more = await backupTo(server, source, { ...options, deleteHardLinks: true, dryRun: true });
  assert.deepEqual(plansOf(more), { file: 'move', other: 'move', link: 'keep' });
});

test('a dry run of a move that may overwrite also reports overwriting for files that it would keep', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: 'old' });
  await backupTo(server, source);
  writeFileSync(join(source, 'a'), 'newer');
  linkSync(join(source, 'a'), join(source, 'b'));
  const options = { deleteAfterUpload: true, overwrite: 'if-different' } as const;
  const dry = await backupTo(server, source, { ...options, dryRun: true });
  assert.deepEqual(plansOf(dry), { a: 'keepOver', b: 'keep' });
  assert.deepEqual(fatesOf(await backupTo(server, source, options)), {
    a: 'kept HARD_LINK',
    b: 'kept HARD_LINK',
  });
});

test('after a run a dry run says that nothing would be sent, by the requests of a listing, and reads no file', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`file-${index}`, `${index}`]));
  const server = await useS3Server(t);
  const source = useTree(t, files);
  await backupTo(server, source);
  const before = server.requests.length;
  const progress = { files: 0, failed: 0, bytes: 0 };
  const dry = await backupTo(server, source, { dryRun: true, compare: 'size-mtime', progress });
  assert.deepEqual(dry.planned, { files: 0, bytes: 0, present_files: 0, present_bytes: 0 });
  assert.equal(dry.counts.unchanged, 40);
  const operations = new Set(server.requests.slice(before).map(({ operation }) => operation));
  assert.deepEqual([...operations], ['ListObjectsV2']);
  assert.ok(server.requests.length - before <= 3, `${server.requests.length - before} requests`);
  writeFileSync(join(source, 'file-1'), 'longer');
  const changed = await backupTo(server, source, { dryRun: true });
  assert.deepEqual(changed.planned, { files: 1, bytes: 6, present_files: 0, present_bytes: 0 });
});

test('a dry run compares a file of several parts by the ETag or checksum of its object', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { large: Buffer.alloc(6 * MIB, 'a') });
  await backupTo(server, source);
  const move = { deleteAfterUpload: true, dryRun: true };
  assert.deepEqual(plansOf(await backupTo(server, source, move)), { large: 'remove' });
  writeFileSync(join(source, 'large'), Buffer.alloc(6 * MIB, 'b'));
  assert.deepEqual(plansOf(await backupTo(server, source, move)), { large: 'failed OBJECT_EXISTS' });
});

test('a file whose key cannot be looked up fails, as in a run', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, FILES);
  await backupTo(server, source);
  const denied = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  server.faults.plan({ operation: 'HeadObject', key: 'same', times: 9, do: denied });
  const report = await backupTo(server, source, { dryRun: true, deleteAfterUpload: true });
  const { same, ...others } = fatesOf(report);
  assert.equal(same, 'failed UPLOAD_FAILED');
  assert.deepEqual([...new Set(Object.values(others))], ['skipped DRY_RUN']);
});
