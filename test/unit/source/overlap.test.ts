import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { backupTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useFolder, useTree } from '../../support/tree.ts';

test('a source that holds the folder of the embedded endpoint is refused before anything is sent', async (t) => {
  const source = useTree(t, { file: 'x', 'store/': '' });
  const server = await useS3Server(t, { directory: join(source, 'store') });
  await assert.rejects(backupTo(server, source), { code: 'SOURCE_IS_STORE' });
  assert.equal(server.requests.of('PutObject').length, 0);
});

test('a source inside that folder is refused, too', async (t) => {
  const directory = useFolder(t);
  const server = await useS3Server(t, { directory });
  const source = join(directory, 'test-bucket', 'inside');
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, 'file'), 'x');
  await assert.rejects(backupTo(server, source), { code: 'SOURCE_IS_STORE' });
});

test('a source beside that folder is accepted', async (t) => {
  const outer = useTree(t, { 'store/': '', 'store-of-files/file': 'x' });
  const server = await useS3Server(t, { directory: join(outer, 'store') });
  assert.equal((await backupTo(server, join(outer, 'store-of-files'))).exit_code, 0);
});
