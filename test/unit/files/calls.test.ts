import assert from 'node:assert/strict';
import { constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as calls from '../../../src/files/calls.ts';
import { namesIn, useTree } from '../../support/tree.ts';

const WAYS = [
  ['now', async <T>(made: calls.Calls<T>) => calls.callNow(made)],
  ['in the background', <T>(made: calls.Calls<T>) => calls.callInBackground(made)],
] as const;

function* readMoveAndRemove(folder: string): calls.Calls<unknown[]> {
  const from = join(folder, 'file');
  const to = join(folder, 'moved');
  const fd = yield* calls.open(from, constants.O_RDONLY);
  const { ino } = yield* calls.fstat(fd);
  const bytes = [Buffer.alloc(3), Buffer.alloc(9)];
  const count = yield* calls.readv(fd, bytes, 1);
  yield* calls.rename(from, to);
  const named = yield* calls.lstat(to);
  yield* calls.close(fd);
  const content = readFileSync(to, 'utf8');
  yield* calls.unlink(to);
  const after = [yield* calls.lstat(to), yield* calls.lstat(join(folder, 'no', 'folder'))];
  return [count, String(bytes[0]), named?.ino === ino, content, after];
}

for (const [way, make] of WAYS) {
  test(`calls are made one after the other (${way})`, async (t) => {
    const folder = useTree(t, { file: 'content', other: 'x' });
    const found = await make(readMoveAndRemove(folder));
    assert.deepEqual(found, [6, 'ont', true, 'content', [undefined, undefined]]);
    assert.deepEqual(namesIn(folder), ['other']);
  });

  test(`a call that fails throws where it was made, and can be caught there (${way})`, async (t) => {
    const folder = useTree(t, { file: 'content' });
    function* work(): calls.Calls<string> {
      try {
        yield* calls.open(join(folder, 'none'), constants.O_RDONLY);
      } catch (error) {
        yield* calls.unlink(join(folder, 'file'));
        return String((error as NodeJS.ErrnoException).code);
      }
      return 'opened';
    }
    assert.equal(await make(work()), 'ENOENT');
    assert.deepEqual(namesIn(folder), []);
    await assert.rejects(() => make(calls.rename(join(folder, 'none'), join(folder, 'x'))), {
      code: 'ENOENT',
    });
    await assert.rejects(() => make(calls.lstat(`${folder}/${'x'.repeat(300)}`)), { code: 'ENAMETOOLONG' });
  });
}
