import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { S3Server } from '../src/s3-server/index.ts';
import { type PolicyServer, type Statement, usePolicyServer } from './support/policy-server.ts';
import { backupTo, MIB, moveTo } from './support/run.ts';
import { useS3Server } from './support/s3-server.ts';
import { addFiles, useTree } from './support/tree.ts';

const recipes = readFileSync(new URL('../docs/recipes.md', import.meta.url), 'utf8');
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

for (const transport of ['auto', 'sdk'] as const) {
  test(`the policy for copies is enough for a copy, for another, and for a resumed one (${transport})`, async (t) => {
    const { guarded, policy } = await usePolicy(t, 'copy');
    const source = useTree(t, FILES);
    const first = await backupTo(guarded, source, { ...target, transport });
    addFiles(source, { 'a.txt': 'other' });
    const second = await backupTo(guarded, source, { ...target, transport });
    assert.deepEqual([first.exit_code, second.exit_code], [0, 0]);
    assert.deepEqual(policy.denied, []);
  });

  test(`the policy for moves is enough for a move (${transport})`, async (t) => {
    const { guarded, policy } = await usePolicy(t, 'move');
    const report = await moveTo(guarded, useTree(t, FILES), { ...target, transport });
    assert.equal(report.counts.deleted, 4);
    assert.deepEqual(policy.denied, []);
  });
}

test('with the policy for moves nothing is written over, whoever tries', async (t) => {
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
  const { Store } = await import('../src/s3/store.ts');
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
