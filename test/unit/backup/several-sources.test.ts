import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { restore } from '../../../src/restore/restore.ts';
import type { VerifyEntry } from '../../../src/verify/result.ts';
import { verifyFiles } from '../../../src/verify/verify-files.ts';
import { keysIn, useBucketClient } from '../../support/bucket.ts';
import { asNobody } from '../../support/nobody.ts';
import { backupTo, fatesOf, moveTo, optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { filesIn, namesIn, useFolder, useTree } from '../../support/tree.ts';

/** A server, and two sources of which both have files of the same names. */
async function scene(t: TestContext) {
  const server = await useS3Server(t);
  const root = useTree(t, { 'photos/a': '1', 'photos/sub/b': '2', 'docs/a': '3', 'docs/sub/c': '4' });
  const source = [{ folder: join(root, 'photos') }, { folder: join(root, 'docs'), prefix: 'papers' }];
  return { server, root, source, keys: async () => (await keysIn(useBucketClient(t, server))).sort() };
}

for (const processes of [1, 2]) {
  test(`several sources are moved below prefixes of their own, in one report (processes: ${processes})`, async (t) => {
    const { server, root, source, keys } = await scene(t);
    const report = await moveTo(server, '', { source, prefix: 'p', processes });
    assert.deepEqual(fatesOf(report), {
      'photos/a': 'deleted',
      'photos/sub/b': 'deleted',
      'papers/a': 'deleted',
      'papers/sub/c': 'deleted',
    });
    assert.ok(report.files.every(({ path, key }) => key === `p/${path}`));
    assert.equal(report.removed_folders, 2);
    assert.equal(report.source, `photos/ = ${root}/photos, papers/ = ${root}/docs`);
    assert.deepEqual(await keys(), ['p/papers/a', 'p/papers/sub/c', 'p/photos/a', 'p/photos/sub/b']);
    assert.deepEqual(namesIn(root), ['docs', 'photos']);
  });
}

test('files moved from several sources can be restored together, or each to its own folder', async (t) => {
  const { server, source } = await scene(t);
  const to = useFolder(t);
  await moveTo(server, '', { source, prefix: 'p', manifest: true });
  const { bucket, endpointUrl, region, credentials } = optionsFor(server, '');
  const options = { bucket, endpointUrl, region, credentials };
  await restore({ ...options, prefix: 'p', to: join(to, 'all') });
  assert.deepEqual([...filesIn(join(to, 'all')).keys()].sort(), [
    'papers/a',
    'papers/sub/c',
    'photos/a',
    'photos/sub/b',
  ]);
  await restore({ ...options, prefix: 'p/photos', to: join(to, 'photos') });
  assert.deepEqual([...filesIn(join(to, 'photos')).keys()].sort(), ['a', 'sub/b']);
});

test('several sources are verified by the same options, as a whole or by a pattern', async (t) => {
  const { server, root, source } = await scene(t);
  await backupTo(server, '', { source });
  writeFileSync(join(root, 'docs/a'), 'changed');
  const verified = async (pattern?: string) => {
    const results: VerifyEntry[] = [];
    await verifyFiles(optionsFor(server, '', { source }), {
      pattern,
      onResult: (entry) => results.push(entry),
    });
    return Object.fromEntries(results.map(({ path, result }) => [path, result]));
  };
  const all = { 'photos/a': 'same', 'photos/sub/b': 'same', 'papers/a': 'differs', 'papers/sub/c': 'same' };
  assert.deepEqual(await verified(), all);
  assert.deepEqual(await verified('/papers/'), { 'papers/a': 'differs', 'papers/sub/c': 'same' });
});

test('objects without local files are reported under their own source', async (t) => {
  const { server, source } = await scene(t);
  await moveTo(server, '', { source, removeEmptyDirectories: false });
  const results: VerifyEntry[] = [];
  const options = optionsFor(server, '', { source });
  await verifyFiles(options, { strict: true, onResult: (entry) => results.push(entry) });
  assert.deepEqual(results.map(({ path }) => path).sort(), [
    'papers/a',
    'papers/sub/c',
    'photos/a',
    'photos/sub/b',
  ]);
});

test('one source that cannot be listed does not stop the others, and is named', async (t) => {
  const { server, root, source } = await scene(t);
  chmodSync(join(root, 'photos/sub'), 0o000);
  const report = await asNobody(() => backupTo(server, '', { source, dryRun: true }));
  assert.equal(fatesOf(report)['photos/sub'], 'failed UNREADABLE');
  assert.equal(fatesOf(report)['papers/a'], 'skipped DRY_RUN');
});

test('with failIfEmpty each of several sources must have files; the others are backed up anyway', async (t) => {
  const { server, root, source } = await scene(t);
  const empty = useFolder(t);
  const sources = [{ folder: empty, prefix: 'empty' }, ...source];
  const report = await backupTo(server, '', { source: sources, failIfEmpty: true });
  assert.deepEqual(report.error, {
    code: 'NOTHING_FOUND',
    message: `Nothing to back up: there is no file in ${empty}.`,
  });
  assert.equal(report.counts.kept, 4);
  assert.ok(namesIn(root).includes('photos/a'));
});

test('a limit on deletions applies to all sources together', async (t) => {
  const { server, source } = await scene(t);
  const refused = await moveTo(server, '', { source, maxDelete: 3 });
  assert.match(refused.error?.message ?? '', /would delete 4 of 4 files/);
  assert.equal((await moveTo(server, '', { source, maxDelete: 4 })).counts.deleted, 4);
});

test('a list needs a single source', async (t) => {
  const { server, source } = await scene(t);
  const list = { input: Readable.from(['a']) };
  await assert.rejects(backupTo(server, '', { source, list }), {
    code: 'BAD_OPTION',
    message: /A list of files needs a single source/,
  });
});
