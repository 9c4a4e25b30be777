import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { BackupError } from '../../../src/index.ts';
import { parseClaimName } from '../../../src/source/claim-name.ts';
import { claimFolderOf, ELSEWHERE, leaveClaimed } from '../../support/claims.ts';
import { fatesOf, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { namesIn, useTree } from '../../support/tree.ts';

const SHARD = { plan: '20261130T021500Z-1a2b3c4d', index: 42 };

for (const processes of [1, 2])
  test(`the claims of a shard bear its name, and the next attempt puts back what is left (processes: ${processes})`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { 'd/a': '1', 'd/b': '2' });
    leaveClaimed(join(source, 'd/b'), claimFolderOf(ELSEWHERE, SHARD));
    const claimed = new Set<string>();
    const run = async () => {
      for (const path of namesIn(source)) {
        const claim = parseClaimName(path.split('/')[1] ?? '');
        if (claim) claimed.add(`${claim.shard?.plan} ${claim.shard?.index}`);
      }
    };
    // Before the first deletion the run looks up the object of a file that it has claimed.
    server.faults.plan({ operation: 'HeadObject', times: 9, do: { kind: 'call', run } });
    const report = await moveTo(server, source, { shard: SHARD, range: {}, processes });
    assert.deepEqual(fatesOf(report), { 'd/a': 'deleted', 'd/b': 'deleted' });
    assert.equal(report.restored_files, 1);
    assert.deepEqual([...claimed], [`${SHARD.plan} ${SHARD.index}`]);
    assert.deepEqual(namesIn(source), []);
  });

for (const [shard, message] of [
  [
    { plan: 'a/b', index: 0 },
    'shard.plan is "a/b"; allowed is the id of a plan, such as 20261130T021500Z-1a2b3c4d.',
  ],
  [{ ...SHARD, index: 10_000 }, 'shard.index is 10000; allowed is a whole number from 0 to 9999.'],
  [{ ...SHARD, index: 1.5 }, 'shard.index is 1.5; allowed is a whole number from 0 to 9999.'],
] as const)
  test(`a shard whose name no claim could bear is refused: ${JSON.stringify(shard)}`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { a: '' });
    await assert.rejects(moveTo(server, source, { shard }), (error) => {
      assert.ok(error instanceof BackupError);
      assert.deepEqual([error.code, error.message], ['BAD_OPTION', message]);
      return true;
    });
  });
