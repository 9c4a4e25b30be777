import assert from 'node:assert/strict';
import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { useBucketClient } from '../../support/bucket.ts';
import { runCli, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { type PolicyServer, type Statement, usePolicyServer } from '../../support/policy-server.ts';
import { restoreFrom } from '../../support/restore.ts';
import { backupTo, fatesOf, MIB, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { addFiles, useFolder, useTree } from '../../support/tree.ts';
import { beginUpload } from '../contract/support/unfinished.ts';

const recipes = readFileSync('docs/recipes.md', 'utf8');
const BUCKET = 'my-backups';
const PREFIX = 'office/';
const LARGE = Buffer.alloc(6 * MIB, 'large');

/** The JSON after a marker of docs/recipes.md. */
function recipe(marker: string) {
  const [, json] = recipes.split(`<!-- ${marker} -->`)[1]?.match(/```json\n(.*?)```/s) ?? [];
  return JSON.parse(json ?? '');
}

async function usePolicy(
  t: TestContext,
  name: string,
): Promise<{ s3: S3Server; guarded: S3Server; policy: PolicyServer; statements: Statement[] }> {
  const s3 = await useS3Server(t, { buckets: [BUCKET] });
  const statements: Statement[] = recipe(`policy: ${name}`).Statement;
  const policy = await usePolicyServer(t, s3, statements);
  return { s3, guarded: { ...s3, endpoint: policy.endpoint }, policy, statements };
}

/** What one part, several parts, an empty file and a straggler after the others need. */
const FILES = { 'a.txt': 'a', 'empty/b.txt': '', 'c d/ä.bin': 'c', large: LARGE };
const target = { bucket: BUCKET, prefix: PREFIX, resume: true };

/** Every right that a policy gives, as the server counts those that were used. */
function rightsOf(statements: readonly Statement[]): string[] {
  return statements.flatMap(({ Sid, Action }) => Action.map((name) => `${Sid} ${name}`)).sort();
}

/** Somebody was killed when a part of the file was sent; then a part of another file is refused for good. */
async function interrupt(t: TestContext, s3: S3Server, source: string): Promise<void> {
  addFiles(source, { large: LARGE, refused: LARGE });
  for (const name of ['large', 'refused']) utimesSync(join(source, name), 1e9, 1e9);
  const client = useBucketClient(t, s3);
  await beginUpload(
    { client, bucket: BUCKET },
    { key: `${PREFIX}large`, bytes: LARGE, parts: [1], partSize: 5 * MIB },
  );
  s3.faults.plan({
    operation: 'UploadPart',
    key: `${PREFIX}refused`,
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
}

for (const transport of ['auto', 'sdk'] as const) {
  for (const [name, run] of Object.entries({ copy: backupTo, move: moveTo })) {
    test(`the policy to ${name} is enough, also to resume and to clean up, and says nothing in vain (${transport})`, async (t) => {
      const { s3, guarded, policy, statements } = await usePolicy(t, name);
      const first = await run(guarded, useTree(t, FILES), { ...target, prefix: `${PREFIX}first`, transport });
      const source = useTree(t, {});
      await interrupt(t, s3, source);
      const second = await run(guarded, source, { ...target, transport });
      assert.deepEqual([first.exit_code, first.counts.failed], [0, 0]);
      assert.equal(second.resumed_bytes, 5 * MIB);
      assert.deepEqual(fatesOf(second).refused, 'failed UPLOAD_FAILED');
      assert.deepEqual(policy.denied, []);
      assert.deepEqual([...policy.used].sort(), rightsOf(statements));
    });
  }

  test(`the policy to copy is enough to overwrite what has changed (${transport})`, async (t) => {
    const { guarded, policy } = await usePolicy(t, 'copy');
    const source = useTree(t, FILES);
    const first = await backupTo(guarded, source, { ...target, transport });
    addFiles(source, { 'a.txt': 'other' });
    const second = await backupTo(guarded, source, { ...target, transport });
    assert.deepEqual([first.exit_code, second.exit_code, second.counts.kept], [0, 0, 1]);
    assert.deepEqual(policy.denied, []);
  });

  test(`the policy to restore is enough, and says nothing in vain (${transport})`, async (t) => {
    const { s3, guarded, policy, statements } = await usePolicy(t, 'restore');
    await backupTo(s3, useTree(t, FILES), { ...target, manifest: true });
    const to = join(useFolder(t), 'back');
    const options = { bucket: BUCKET, prefix: PREFIX, transport };
    const first = await restoreFrom(guarded, to, options);
    const second = await restoreFrom(guarded, to, options);
    const ofRun = await restoreFrom(guarded, join(useFolder(t), 'run'), { ...options, run: 'latest' });
    assert.deepEqual(
      [first, ofRun].map(({ counts }) => counts.restored),
      [4, 4],
    );
    assert.equal(second.counts.unchanged, 4);
    assert.deepEqual(policy.denied, []);
    assert.deepEqual([...policy.used].sort(), rightsOf(statements));
  });
}

test('the policy to watch is enough for status --max-age, and says nothing in vain', async (t) => {
  const { s3, policy, statements } = await usePolicy(t, 'watch');
  await backupTo(s3, useTree(t, FILES), { ...target, manifest: true });
  const { code, stdout } = await runCli(useWorkplace(t), ['status', '--max-age', '26h'], {
    env: {
      ...serverEnvironment(s3),
      AWS_ENDPOINT_URL: policy.endpoint,
      S3_BUCKET_NAME: BUCKET,
      backup_s3__prefix: PREFIX,
    },
  });
  assert.match(stdout, /^S3-BACKUP OK - /);
  assert.deepEqual([code, policy.denied], [0, []]);
  assert.deepEqual([...policy.used].sort(), rightsOf(statements));
});

test('with the policy for moves nothing is overwritten, whoever tries', async (t) => {
  const { guarded, policy } = await usePolicy(t, 'move');
  await moveTo(guarded, useTree(t, FILES), target);
  const overwrite = { ...target, overwrite: 'always' } as const;
  const report = await backupTo(guarded, useTree(t, { 'a.txt': 'other', large: 'other' }), overwrite);
  assert.equal(report.counts.failed, 2);
  assert.deepEqual(
    new Set(policy.denied),
    new Set(['a.txt', 'large'].map((path) => `s3:PutObject arn:aws:s3:::${BUCKET}/${PREFIX}${path}`)),
  );
});

test('what the policies do not name is refused: another prefix, a deletion', async (t) => {
  const { guarded, policy } = await usePolicy(t, 'copy');
  await assert.rejects(backupTo(guarded, useTree(t, FILES), { bucket: BUCKET, prefix: 'factory/' }), {
    code: 'BUCKET_FORBIDDEN',
  });
  const { accessKeyId, secretAccessKey } = guarded;
  const { Store } = await import('../../../src/s3/store.ts');
  const store = new Store({
    bucket: BUCKET,
    endpointUrl: guarded.endpoint,
    credentials: { accessKeyId, secretAccessKey },
  });
  t.after(() => store.close());
  await assert.rejects(store.probeWrite(`${PREFIX}probe`), { code: 'AccessDenied' });
  assert.deepEqual(policy.denied, [
    `s3:ListBucket arn:aws:s3:::${BUCKET}`,
    `s3:DeleteObject arn:aws:s3:::${BUCKET}/${PREFIX}probe`,
  ]);
});
