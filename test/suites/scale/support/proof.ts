/** What must be true in the end, by nobody's report: the disk and the bucket are read. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { FileEntry } from '../../../../src/index.ts';
import { bytesOf } from '../../../support/bucket.ts';
import { TEST_BUCKET } from '../../../support/s3-server.ts';
import { namesIn } from '../../../support/tree.ts';
import { type Field, PREFIX } from './field.ts';
import { madeFiles } from './made-files.ts';

type Entry = Pick<FileEntry, 'path' | 'key' | 'size' | 'md5' | 'fate'>;

/** Of so many objects, one is read back; of all, the size and the MD5 are compared that the endpoint has computed. */
const READ_ONE_OF = 50;

/** Asserts that each of the files is in the bucket with its bytes, no other object is, and nothing is left here. */
export async function assertAllMoved(field: Field, count: number): Promise<void> {
  const objects = await objectsOf(field);
  let n = 0;
  for (const { path, size, md5 } of madeFiles(count)) {
    const key = PREFIX + path;
    assert.deepEqual(objects.get(key), { size, md5 }, key);
    objects.delete(key);
    if (n % READ_ONE_OF === 0) {
      const bytes = await bytesOf(field.client, key);
      assert.equal(createHash('md5').update(bytes).digest('hex'), md5, key);
    }
    n += 1;
  }
  assert.deepEqual([...objects.keys()], []);
  // Neither files nor claims nor folders that are empty now.
  assert.deepEqual(namesIn(field.source).slice(0, 20), []);
}

async function objectsOf({ client }: Field): Promise<Map<string, { size: number; md5: string }>> {
  const objects = new Map<string, { size: number; md5: string }>();
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: TEST_BUCKET, Prefix: PREFIX, ContinuationToken: token }),
    );
    for (const { Key = '', Size = 0, ETag = '' } of page.Contents ?? [])
      if (!Key.startsWith(`${PREFIX}.s3-backup/`))
        objects.set(Key, { size: Size, md5: ETag.replaceAll('"', '') });
    token = page.NextContinuationToken;
  }
  return objects;
}

/**
 * Asserts that the plan is one run in the bucket, whose manifest has each file once with its digest, and that the report of another
 * finish has the same.
 */
export async function assertOneRecord(field: Field, plan: string, count: number): Promise<void> {
  const manifest = gunzipSync(await bytesOf(field.client, `${PREFIX}.s3-backup/runs/${plan}.ndjson.gz`));
  const [head, ...lines] = String(manifest)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual([head.run, head.error, head.interrupted], [plan, null, false]);
  assertEach(lines, count);
  const words = ['finish', '--config', 'config.json', '--plan', plan, '--output-json', 'report.json'];
  const { code, stderr } = await field.program('again', words);
  assert.equal(code, 0, stderr);
  const report = JSON.parse(field.read('report.json'));
  assert.deepEqual([report.exit_code, report.deleted_files, report.total_files], [0, count, count]);
  assertEach(report.files, count);
}

function assertEach(entries: readonly Entry[], count: number): void {
  const found = new Map(entries.map((entry) => [entry.path, entry]));
  assert.deepEqual([entries.length, found.size], [count, count]);
  for (const { path, size, md5 } of madeFiles(count)) {
    const entry = found.get(path);
    assert.deepEqual(
      [entry?.key, entry?.fate, entry?.size, entry?.md5],
      [PREFIX + path, 'deleted', size, md5],
      path,
    );
  }
}
