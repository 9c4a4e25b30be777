import assert from 'node:assert/strict';
import { renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { verifyFiles } from '../../../src/index.ts';
import type { VerifyRequest } from '../../../src/verify/result.ts';
import { useBucketClient } from '../../support/bucket.ts';
import { backupTo, optionsFor } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { useFolder, useTree } from '../../support/tree.ts';

/** A folder that has been backed up, further objects in its bucket, and what a verification says of each. */
async function usePlace(t: TestContext, files: Record<string, string>, objects: readonly string[] = []) {
  const server = await useS3Server(t);
  const source = useTree(t, files);
  await backupTo(server, source);
  const client = useBucketClient(t, server);
  for (const Key of objects)
    await client.send(
      new PutObjectCommand({ Bucket: TEST_BUCKET, Key, Body: Key.endsWith('/') ? '' : 'content' }),
    );
  const verify = async (request: Partial<VerifyRequest> = {}, exclude: string[] = []) => {
    const results: Record<string, string> = {};
    const { exit_code: exitCode } = await verifyFiles(
      { ...optionsFor(server, source), exclude },
      {
        ...request,
        onResult: ({ path, result }) => {
          results[path] = result;
        },
      },
    );
    return { results, exitCode };
  };
  return { source, verify };
}

test('an object that no file has fails a strict verification only', async (t) => {
  const { source, verify } = await usePlace(t, { a: 'a', b: 'b' });
  unlinkSync(join(source, 'b'));
  const results = { a: 'same', b: 'missing-here' };
  assert.deepEqual(await verify(), { results, exitCode: 0 });
  assert.deepEqual(await verify({ strict: true }), { results, exitCode: 2 });
});

test("neither a folder's marker nor what is excluded or not chosen is missing here", async (t) => {
  const { verify } = await usePlace(t, { a: 'a' }, ['folder/', 'left.tmp', 'other/file']);
  assert.deepEqual((await verify()).results, {
    a: 'same',
    'left.tmp': 'missing-here',
    'other/file': 'missing-here',
  });
  assert.deepEqual((await verify({}, ['*.tmp', 'other'])).results, { a: 'same' });
  assert.deepEqual((await verify({ pattern: '/a' })).results, { a: 'same' });
});

test('an object whose key is no path is missing here', async (t) => {
  const { verify } = await usePlace(t, { a: 'a' }, ['x/../a', '/a']);
  const { results } = await verify();
  assert.deepEqual(results, { a: 'same', 'x/../a': 'missing-here', '/a': 'missing-here' });
});

test('a file that can be reached through a link only is missing here', async (t) => {
  const { source, verify } = await usePlace(t, { 'folder/file': 'content', a: 'a' });
  const elsewhere = join(useFolder(t), 'elsewhere');
  renameSync(join(source, 'folder'), elsewhere);
  symlinkSync(elsewhere, join(source, 'folder'));
  const { results } = await verify();
  assert.equal(results['folder/file'], 'missing-here');
});

test('a pattern that chooses nothing is refused instead of finding all well', async (t) => {
  const { verify } = await usePlace(t, { a: 'a' });
  await assert.rejects(verify({ pattern: 'misspelt' }), { code: 'NOTHING_TO_VERIFY' });
});
