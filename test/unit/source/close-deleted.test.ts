import assert from 'node:assert/strict';
import { openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closeDeleted } from '../../../src/source/close-deleted.ts';
import { openBelow } from '../../support/descriptors.ts';
import { useTree } from '../../support/tree.ts';

for (const count of [0, 1, 63, 64, 200]) {
  test(`closes ${count} descriptors of deleted files, and no other`, async (t) => {
    const names = Array.from({ length: count + 3 }, (_, n) => `file-${n}`);
    const source = useTree(t, Object.fromEntries(names.map((name) => [name, 'x'])));
    const descriptors = names.map((name) => openSync(join(source, name), 'r'));
    for (const name of names) unlinkSync(join(source, name));
    await closeDeleted(descriptors.slice(3));
    assert.deepEqual(
      openBelow(source).sort(),
      names.slice(0, 3).map((name) => `${join(source, name)} (deleted)`),
    );
    await closeDeleted(descriptors.slice(0, 3));
    assert.deepEqual(openBelow(source), []);
  });
}
