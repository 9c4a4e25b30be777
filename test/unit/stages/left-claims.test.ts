import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sourceRoot } from '../../../src/source/root.ts';
import { leftClaim, recoverClaims } from '../../../src/stages/left-claims.ts';
import {
  claimBeside,
  claimFolderOf,
  DEAD,
  ELSEWHERE,
  LEFT_CLAIMS,
  leaveClaimed,
} from '../../support/claims.ts';
import { endsOf } from '../../support/stages.ts';
import { filesIn, useTree } from '../../support/tree.ts';

test('files that are put back are named, and each claim that stays is an item with the reason', async (t) => {
  const source = useTree(t, { 'd/back': '1', 'd/taken': '2', 'd/far': '3' });
  leaveClaimed(join(source, 'd/back'));
  leaveClaimed(join(source, 'd/taken'));
  leaveClaimed(join(source, 'd/far'), claimFolderOf(ELSEWHERE));
  writeFileSync(join(source, 'd/taken'), 'another');
  const { restored, items } = await recoverClaims(sourceRoot(source), 'd');
  assert.deepEqual(restored, ['d/back']);
  assert.deepEqual(endsOf([...items]), {
    [`d/${LEFT_CLAIMS}/taken`]: 'failed CLAIM_BLOCKED',
    [`d/${claimFolderOf(ELSEWHERE)}`]: 'skipped CLAIMED_ELSEWHERE',
  });
  assert.equal(String(filesIn(source).get('d/taken')), 'another');
});

test('claims in a folder that is gone are one failed item', async (t) => {
  const source = useTree(t, { 'd/file': '' });
  rmSync(join(source, 'd'), { recursive: true });
  const { restored, items } = await recoverClaims(sourceRoot(source), 'd');
  assert.deepEqual(restored, []);
  assert.deepEqual(endsOf([...items]), { 'd/.s3-backup-claim-*': 'failed CLAIM_BLOCKED' });
});

test('a run that puts nothing back skips a claim by its path', () => {
  const name = claimBeside(DEAD, 'file');
  assert.deepEqual(endsOf([leftClaim('', name), leftClaim('d', name)]), {
    [name]: 'skipped OWN_FILE',
    [`d/${name}`]: 'skipped OWN_FILE',
  });
});
