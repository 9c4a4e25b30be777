import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sourceRoot } from '../../../src/source/root.ts';
import { untrustedFolder } from '../../../src/source/trusted-path.ts';
import { backupTo, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useFolder, useTree } from '../../support/tree.ts';

const isRoot = process.geteuid?.() === 0;

test('a source below a folder in which everybody may rename entries can be copied, but not moved', async (t) => {
  const server = await useS3Server(t);
  const outer = useTree(t, { 'source/file': 'x' });
  chmodSync(outer, 0o777);
  const source = join(outer, 'source');
  await assert.rejects(moveTo(server, source), { code: 'SOURCE_UNTRUSTED' });
  assert.equal(server.requests.length, 0);
  assert.equal((await backupTo(server, source)).exit_code, 0);
});

test('a sticky folder is trusted like an own folder', (t) => {
  const outer = useFolder(t);
  mkdirSync(join(outer, 'source'));
  chmodSync(outer, 0o1777);
  assert.equal(untrustedFolder(sourceRoot(join(outer, 'source'))), undefined);
});

test("another user's folder on the way is not trusted", { skip: !isRoot && 'needs root for chown' }, (t) => {
  const outer = useFolder(t);
  mkdirSync(join(outer, 'source'));
  chownSync(outer, 12345, 12345);
  assert.match(untrustedFolder(sourceRoot(join(outer, 'source'))) ?? '', /belongs to user 12345/);
});
