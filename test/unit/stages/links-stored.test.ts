import assert from 'node:assert/strict';
import { lstatSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { bytesOf, keysIn, objectsIn, useBucketClient } from '../../support/bucket.ts';
import { backupTo, entryFor, fatesOf, moveTo } from '../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { storedLater } from '../../support/stored-later.ts';
import { namesIn, useFolder, useTree } from '../../support/tree.ts';

const skip = process.platform === 'win32' && 'Windows cannot open a link itself';
const LINKS = {
  file: 'real/file',
  folder: 'real',
  nothing: 'not/there',
  absolute: '/etc/passwd',
  self: 'self',
  'odd\nname': 'größe "x"',
};

for (const transport of ['auto', 'sdk'] as const) {
  test(`with links: store links are uploaded as rclone does, with transport ${transport}`, {
    skip,
  }, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { 'real/file': 'x' });
    for (const [name, target] of Object.entries(LINKS)) symlinkSync(target, join(source, name));
    const report = await backupTo(server, source, { links: 'store', transport });
    const names = Object.keys(LINKS);
    assert.deepEqual(
      fatesOf(report),
      Object.fromEntries(['real/file', ...names].map((name) => [name, 'kept'])),
    );
    const client = useBucketClient(t, server);
    const objects = await objectsIn(client);
    for (const [name, target] of Object.entries(LINKS))
      assert.equal(String(objects.get(`${name}.rclonelink`)), target);
    assert.equal(objects.size, names.length + 1);
    const head = await client.send(new HeadObjectCommand({ Bucket: TEST_BUCKET, Key: 'folder.rclonelink' }));
    const { mtimeNs, mode } = lstatSync(join(source, 'folder'), { bigint: true });
    assert.equal(head.ContentType, 'text/plain');
    assert.equal(head.Metadata?.mtime?.replace('.', ''), String(mtimeNs));
    assert.equal(head.Metadata?.mode, mode.toString(8));
  });
}

test('a move uploads links, deletes none of them, and nothing that they lead to', { skip }, async (t) => {
  const server = await useS3Server(t);
  const outside = useTree(t, { target: 'outside' });
  const source = useTree(t, { 'a/own': 'own' });
  symlinkSync(outside, join(source, 'a/link'));
  const report = await moveTo(server, source, { links: 'store' });
  assert.deepEqual(fatesOf(report), { 'a/own': 'deleted', 'a/link': 'kept SYMBOLIC_LINK' });
  assert.equal(readlinkSync(join(source, 'a/link')), outside);
  assert.deepEqual(namesIn(outside), ['target']);
  assert.deepEqual(await keysIn(useBucketClient(t, server)), ['a/link.rclonelink', 'a/own']);
});

test('a link is not sent again until it leads elsewhere', { skip }, async (t) => {
  const server = await useS3Server(t);
  const source = useFolder(t);
  symlinkSync('one', join(source, 'link'));
  await storedLater(t, () => backupTo(server, source, { links: 'store' }));
  const unread = await backupTo(server, source, { links: 'store' });
  const read = await backupTo(server, source, { links: 'store', compare: 'checksum' });
  assert.deepEqual(
    [fatesOf(unread), fatesOf(read)],
    [{ link: 'unchanged SIZE_AND_TIME' }, { link: 'unchanged' }],
  );
});

test('a link is not uploaded if a file has its key', { skip }, async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { 'link.rclonelink': 'a real file', 'other.rclonelink/file': 'no twin' });
  symlinkSync('x', join(source, 'link'));
  symlinkSync('y', join(source, 'other'));
  const report = await backupTo(server, source, { links: 'store' });
  assert.deepEqual(fatesOf(report), {
    link: 'failed KEY_COLLISION',
    'link.rclonelink': 'kept',
    other: 'kept',
    'other.rclonelink/file': 'kept',
  });
  assert.equal(String(await bytesOf(useBucketClient(t, server), 'link.rclonelink')), 'a real file');
});

test('a link whose name leaves no room for the suffix is stored, too', { skip }, async (t) => {
  const server = await useS3Server(t);
  const source = useFolder(t);
  const name = 'n'.repeat(255);
  symlinkSync('x', join(source, name));
  assert.deepEqual(fatesOf(await backupTo(server, source, { links: 'store' })), { [name]: 'kept' });
});

test('links in a list are stored, except those below another link', { skip }, async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { 'real/file': 'x' });
  symlinkSync('real', join(source, 'link'));
  symlinkSync('file', join(source, 'real/inner'));
  const list = { input: Readable.from(['link\nreal/inner\nlink/inner\nlink/file\n']) };
  assert.deepEqual(fatesOf(await backupTo(server, source, { links: 'store', list })), {
    link: 'kept',
    'real/inner': 'kept',
    'link/inner': 'failed OUTSIDE_SOURCE',
    'link/file': 'failed OUTSIDE_SOURCE',
  });
});

test('a link that is replaced by another while it is sent slowly is sent again', { skip }, async (t) => {
  const server = await useS3Server(t);
  const source = useFolder(t);
  symlinkSync('one', join(source, 'link'));
  server.faults.plan({
    operation: 'PutObject',
    do: {
      kind: 'call',
      run: async () => {
        rmSync(join(source, 'link'));
        symlinkSync('two', join(source, 'link'));
        await sleep(2_100);
      },
    },
  });
  const report = await backupTo(server, source, { links: 'store', onChange: 'retry' });
  assert.deepEqual([fatesOf(report), entryFor(report, 'link').key], [{ link: 'kept' }, 'link.rclonelink']);
  assert.equal(String(await bytesOf(useBucketClient(t, server), 'link.rclonelink')), 'two');
});
