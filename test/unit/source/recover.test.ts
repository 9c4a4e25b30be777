import assert from 'node:assert/strict';
import fs, { readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { recoverFolder } from '../../../src/source/recover.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { claimBeside, DEAD, leaveClaimed } from '../../support/claims.ts';
import { useTree } from '../../support/tree.ts';

const FUSE = 0x65735546;

for (const beside of [false, true]) {
  test(`bytes that are written to a leftover placeholder before its removal stay (claim ${beside ? 'beside it' : 'in a folder'})`, async (t) => {
    const source = useTree(t, { file: 'claimed' });
    const path = join(source, 'file');
    const claimed = beside ? join(source, claimBeside(DEAD, 'file')) : leaveClaimed(path);
    if (beside) fs.renameSync(path, claimed);
    writeFileSync(path, '');
    const asked = t.mock.method(fs, 'statfsSync', () => {
      writeFileSync(path, 'written meanwhile');
      return { type: FUSE };
    });
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    const recovery = await recoverFolder(sourceRoot(source), '');
    assert.ok(asked.mock.callCount() > 0, 'the file system was never asked for');
    assert.deepEqual(recovery.restored, []);
    assert.deepEqual(
      recovery.blocked.map(({ reason }) => reason),
      ['another file has taken its name'],
    );
    assert.equal(readFileSync(path, 'utf8'), 'written meanwhile');
    assert.equal(readFileSync(claimed, 'utf8'), 'claimed');
  });
}
