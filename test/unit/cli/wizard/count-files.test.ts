import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { countFiles } from '../../../../src/cli/wizard/count-files.ts';
import { sourceRoot } from '../../../../src/source/root.ts';
import { useWorkplace } from '../../../support/cli-context.ts';

test('regular files are counted with their bytes, and links are not', async (t) => {
  const { source } = useWorkplace(t, { 'a.txt': 'a', 'deep/b.txt': 'bb' });
  symlinkSync('a.txt', join(source, 'link'));
  const never = new AbortController().signal;
  assert.deepEqual(await countFiles([sourceRoot(source)], never), { count: 2, bytes: 3, isWhole: true });
});

test('counting ends when its time is over', async (t) => {
  const { source } = useWorkplace(t, { 'a.txt': 'a' });
  const { isWhole } = await countFiles([sourceRoot(source)], AbortSignal.abort());
  assert.equal(isWhole, false);
});
