import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLeftClaimFolder, isLiveClaimFolder, keepMarkedClaims } from '../../src/source/claim-folder.ts';
import { sourceRoot } from '../../src/source/root.ts';
import { scan } from '../../src/stages/scan.ts';
import { filesIn, useTree } from '../support/tree.ts';

const LIVE = '.s3-backup-claim-0123-1-aaaa';
const OF_A_CRASH = '.s3-backup-claim-0123-12-aaaa';

test("another process's claim folder is live until that process has ended", () => {
  const forget = keepMarkedClaims('0123-1-');
  assert.deepEqual([LIVE, OF_A_CRASH].map(isLiveClaimFolder), [true, false]);
  assert.deepEqual([LIVE, OF_A_CRASH, 'other'].map(isLeftClaimFolder), [false, true, false]);
  forget();
  assert.deepEqual([isLiveClaimFolder(LIVE), isLeftClaimFolder(LIVE)], [false, true]);
});

test('the walk passes by what another process is about to delete, and puts back what a crash has left', async (t) => {
  const folder = useTree(t, { [`d/${LIVE}/a`]: 'a', [`d/${OF_A_CRASH}/b`]: 'b', 'd/c': 'c' });
  t.after(keepMarkedClaims('0123-1-'));
  const paths: string[] = [];
  for await (const item of scan({ source: sourceRoot(folder), recovers: true }))
    paths.push(item.settled ? `settled ${item.settlement.path}` : item.file.path);
  assert.deepEqual(paths.sort(), ['d/b', 'd/c']);
  assert.deepEqual([...filesIn(folder).keys()].sort(), [`d/${LIVE}/a`, 'd/b', 'd/c']);
});
