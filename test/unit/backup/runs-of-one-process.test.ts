import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Report } from '../../../src/report/report.ts';
import { recoverFolder } from '../../../src/source/recover.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { scan } from '../../../src/stages/scan.ts';
import { assertSameBytes, objectsIn, useBucketClient } from '../../support/bucket.ts';
import { untilClosed } from '../../support/descriptors.ts';
import { backupTo, fatesOf, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { filesIn, namesIn, useTree } from '../../support/tree.ts';

test('claims of another run in this process are neither put back nor reported', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { 'a/one': '1', 'b/two': '2' });
  const found: string[] = [];
  let dryRun: Report | undefined;
  const whileClaimed = async (): Promise<void> => {
    const claimed = namesIn(source).filter((name) => /^a\/\.s3-backup-claim-/.test(name));
    if (claimed.length === 0) return;
    assert.equal((await recoverFolder(sourceRoot(source), 'a')).restored.length, 0);
    for await (const item of scan({ source, recovers: true }))
      found.push(item.settled ? `settled ${item.settlement.path}` : item.file.path);
    dryRun = await backupTo(server, source, { prefix: 'all', dryRun: true });
    assert.deepEqual(
      namesIn(source).filter((name) => claimed.includes(name)),
      claimed,
    );
  };
  // Before the first deletion the run looks up the object of a file that it has claimed.
  server.faults.plan({ operation: 'HeadObject', times: 9, do: { kind: 'call', run: whileClaimed } });
  const report = await moveTo(server, join(source, 'a'), { prefix: 'a' });
  assert.deepEqual(fatesOf(report), { one: 'deleted' });
  assert.deepEqual(found, ['b/two']);
  assert.deepEqual(
    dryRun?.files.map(({ path }) => path),
    ['b/two'],
  );
  assert.deepEqual(namesIn(source), ['a', 'b', 'b/two']);
});

test('two moves and a dry run at once in one process lose nothing and leave nothing open', async (t) => {
  const server = await useS3Server(t);
  const names = Array.from({ length: 12 }, (_, n) => `sub-${n % 4}/file-${n}`);
  const tree = Object.fromEntries(['a', 'b'].flatMap((top) => names.map((name) => [`${top}/${name}`, name])));
  const source = useTree(t, tree);
  const before = filesIn(source);
  const [a, b, dryRun] = await Promise.all([
    moveTo(server, join(source, 'a'), { prefix: 'a' }),
    moveTo(server, join(source, 'b'), { prefix: 'b' }),
    backupTo(server, source, { prefix: 'all', dryRun: true }),
  ]);
  for (const report of [a, b]) {
    assert.equal(report.counts.deleted, names.length, JSON.stringify(report.counts));
    assert.equal(report.restored_files, 0);
  }
  assert.ok(dryRun.files.every(({ path }) => Object.hasOwn(tree, path)));
  assertSameBytes(await objectsIn(useBucketClient(t, server)), before);
  await untilClosed(source);
});
