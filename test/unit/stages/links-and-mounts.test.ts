import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesOf, useBucketClient } from '../../support/bucket.ts';
import { backupTo, fatesOf, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { filesIn, namesIn, useTree } from '../../support/tree.ts';

test('with links: follow a link to a file is uploaded, and neither it nor its file is deleted', async (t) => {
  const server = await useS3Server(t);
  const outside = useTree(t, { target: 'outside', 'folder/file': 'x' });
  const source = useTree(t, { own: 'own' });
  symlinkSync(join(outside, 'target'), join(source, 'link'));
  symlinkSync(join(outside, 'folder'), join(source, 'folder'));
  symlinkSync('nowhere', join(source, 'broken'));
  const report = await moveTo(server, source, { links: 'follow' });
  assert.deepEqual(fatesOf(report), {
    own: 'deleted',
    link: 'kept SYMBOLIC_LINK',
    folder: 'skipped SYMBOLIC_LINK',
    broken: 'skipped SYMBOLIC_LINK',
  });
  assert.equal(String(await bytesOf(useBucketClient(t, server), 'link')), 'outside');
  assert.deepEqual(namesIn(source), ['broken', 'folder', 'link']);
  assert.deepEqual([...filesIn(outside).keys()].sort(), ['folder/file', 'target']);
});

const canMount = process.platform === 'linux' && process.geteuid?.() === 0;

test('a mount below the source is entered, unless one_file_system says no', {
  skip: !canMount && 'needs root on Linux to mount',
}, async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { own: 'x', 'mounted/': '' });
  const mounted = join(source, 'mounted');
  execFileSync('mount', ['-t', 'tmpfs', 'none', mounted]);
  try {
    mkdirSync(join(mounted, 'below'));
    writeFileSync(join(mounted, 'below/file'), 'y');
    const alone = await backupTo(server, source, { oneFileSystem: true });
    assert.deepEqual(fatesOf(alone), { own: 'kept', mounted: 'skipped OTHER_FILE_SYSTEM' });
    const all = await backupTo(server, source);
    assert.deepEqual(fatesOf(all), { own: 'unchanged', 'mounted/below/file': 'kept' });
  } finally {
    execFileSync('umount', [mounted]);
  }
});
