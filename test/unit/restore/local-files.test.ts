import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { endsOf, onlyEntry, type RestorePlace, useRestorePlace } from '../../support/restore.ts';
import { MIB } from '../../support/run.ts';

/** Puts something in the way of an object. */
function plant(place: RestorePlace, name: string, content: string | Buffer): void {
  mkdirSync(place.to, { recursive: true });
  writeFileSync(place.path(name), content);
}

test('a local file with the same content is unchanged, and nothing is downloaded', async (t) => {
  const place = await useRestorePlace(t);
  const large = Buffer.alloc(9 * MIB, 'large');
  await place.put('small', 'content');
  await place.put('large', large);
  plant(place, 'small', 'content');
  plant(place, 'large', large);
  chmodSync(place.path('small'), 0o600);
  utimesSync(place.path('small'), 5, 5);

  const report = await place.restore({ overwrite: true });

  assert.deepEqual(endsOf(report), { small: 'unchanged', large: 'unchanged' });
  assert.equal(report.exit_code, 0);
  assert.equal(place.server.requests.filter(({ operation }) => operation === 'GetObject').length, 0);
  const { mode, mtimeMs } = statSync(place.path('small'));
  assert.deepEqual([mode & 0o777, mtimeMs], [0o600, 5000]);
});

test('a local file that differs stays, unless it may be replaced', async (t) => {
  const place = await useRestorePlace(t);
  const keys = ['shorter', 'as long', 'large'];
  for (const key of keys)
    await place.put(key, key === 'large' ? Buffer.alloc(9 * MIB, 'new') : 'new content');
  plant(place, 'shorter', 'own');
  plant(place, 'as long', 'own content');
  plant(place, 'large', Buffer.alloc(9 * MIB, 'own'));
  const before = place.content();

  const refused = await place.restore();
  assert.deepEqual(new Set(Object.values(endsOf(refused))), new Set(['failed LOCAL_FILE_DIFFERS']));
  assert.equal(refused.exit_code, 2);
  assert.deepEqual(place.content(), before);

  const replaced = await place.restore({ overwrite: true });
  assert.deepEqual([replaced.counts.restored, replaced.exit_code], [3, 0]);
  assert.equal(place.content()['as long'], 'new content');
  assert.equal((await place.restore()).counts.unchanged, 3);
});

test('a file that appears under the name while its object is on the way is never replaced', async (t) => {
  for (const [content, end] of [
    ['mine!!!', 'failed LOCAL_FILE_DIFFERS'],
    ['content', 'unchanged'],
  ] as const) {
    const place = await useRestorePlace(t);
    await place.put('file', 'content');
    const run = () => plant(place, 'file', content);
    place.server.faults.plan({ operation: 'GetObject', do: { kind: 'call', run } });
    assert.deepEqual(endsOf(await place.restore()), { file: end });
    assert.deepEqual(place.content(), { file: content });
  }
});

test('if S3 reports no digest, the object is read and compared with the local file', async (t) => {
  const place = await useRestorePlace(t);
  const kms = { ServerSideEncryption: 'aws:kms' } as const;
  for (const key of ['same', 'other', 'absent']) await place.put(key, 'content', kms);
  plant(place, 'same', 'content');
  plant(place, 'other', 'mine!!!');
  const report = await place.restore();
  assert.deepEqual(endsOf(report), {
    same: 'unchanged',
    other: 'failed LOCAL_FILE_DIFFERS',
    absent: 'restored NOT_PROVED',
  });
  assert.deepEqual(place.content(), { same: 'content', other: 'mine!!!', absent: 'content' });
});

test('a file in place of a folder, and a folder in place of a file, are PATH_CONFLICT', async (t) => {
  const place = await useRestorePlace(t);
  for (const key of ['a/b', 'c', 'd/e/f']) await place.put(key, 'content');
  plant(place, 'a', 'a file');
  mkdirSync(place.path('c/inside'), { recursive: true });
  mkdirSync(place.path('d'));
  writeFileSync(place.path('d/e'), 'a file');
  const expected = {
    'a/b': 'failed PATH_CONFLICT',
    c: 'failed PATH_CONFLICT',
    'd/e/f': 'failed PATH_CONFLICT',
  };
  assert.deepEqual(endsOf(await place.restore()), expected);
  assert.deepEqual(endsOf(await place.restore({ overwrite: true })), expected);
  assert.deepEqual(place.content(), { a: 'a file', 'c/': '', 'c/inside/': '', 'd/': '', 'd/e': 'a file' });
});

test('if the key of one object is a folder of another, one of them is restored', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('a', 'file');
  await place.put('a/b', 'file in a folder of that name');
  const report = await place.restore({ concurrency: 1 });
  assert.deepEqual([report.counts.restored, report.counts.failed], [1, 1]);
  assert.equal(report.files.find(({ fate }) => fate === 'failed')?.code, 'PATH_CONFLICT');
});

test('a key that ends in a slash makes a folder', async (t) => {
  const place = await useRestorePlace(t);
  for (const key of ['p/', 'p/empty/', 'p/a/b/', 'p/taken/']) await place.put(key, '');
  await place.put('p/with/content/', 'no folder');
  plant(place, 'taken', 'a file');
  const report = await place.restore({ prefix: 'p' });
  assert.deepEqual(endsOf(report), {
    'p/': 'skipped OWN_OBJECT',
    'p/empty/': 'restored',
    'p/a/b/': 'restored',
    'p/taken/': 'failed PATH_CONFLICT',
    'p/with/content/': 'failed UNSAFE_KEY',
  });
  assert.deepEqual(place.content(), { 'a/': '', 'a/b/': '', 'empty/': '', taken: 'a file' });
});

test('a dry run says what would become of each object and writes nothing', async (t) => {
  const place = await useRestorePlace(t);
  for (const key of ['same', 'other', 'new/file', 'folder/'])
    await place.put(key, key === 'folder/' ? '' : 'content');
  const unmade = await place.restore({ dryRun: true });
  assert.deepEqual([unmade.planned, readdirSync(place.root)], [{ files: 4, bytes: 21 }, []]);
  plant(place, 'same', 'content');
  plant(place, 'other', 'else');
  const before = place.content();

  const report = await place.restore({ dryRun: true });

  assert.deepEqual(endsOf(report), {
    same: 'unchanged',
    other: 'failed LOCAL_FILE_DIFFERS',
    'new/file': 'skipped DRY_RUN',
    'folder/': 'skipped DRY_RUN',
  });
  assert.deepEqual(report.planned, { files: 2, bytes: 7 });
  assert.deepEqual(place.content(), before);
});

test('a pattern chooses, and no more is listed than it can match', async (t) => {
  const place = await useRestorePlace(t);
  for (const key of ['p/a/1.pdf', 'p/a/1.txt', 'p/a/deep/2.pdf', 'p/b/3.pdf', 'p/c'])
    await place.put(key, key);
  const chosen = async (pattern: string) => {
    const { files } = await place.restore({ prefix: 'p', pattern, dryRun: true });
    return files.filter(({ code }) => code === 'DRY_RUN').map(({ path }) => path);
  };
  assert.deepEqual(await chosen('*.pdf'), ['a/1.pdf', 'a/deep/2.pdf', 'b/3.pdf']);
  assert.deepEqual(await chosen('/a/*.pdf'), ['a/1.pdf']);
  assert.deepEqual(await chosen('a'), ['a/1.pdf', 'a/1.txt', 'a/deep/2.pdf']);
  assert.deepEqual(await chosen('a/deep/'), ['a/deep/2.pdf']);
  assert.deepEqual(await chosen('c'), ['c']);
  const prefixes = place.server.requests.map(({ query }) => query.prefix);
  assert.ok(prefixes.includes('p/a/deep') && !prefixes.includes('p/a/1.pdf'));
});

test('a restore that finds nothing has failed', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('p/a', 'content');
  for (const more of [{ prefix: 'q' }, { prefix: 'p', pattern: '*.pdf' }]) {
    const report = await place.restore(more);
    assert.deepEqual([report.error?.code, report.exit_code], ['NOTHING_TO_RESTORE', 1]);
  }
});

test('stored links become links if that is asked for, else files with their target', async (t) => {
  const place = await useRestorePlace(t);
  const metadata = { Metadata: { mtime: '1000000000.5', mode: '120777' } };
  await place.put('a/link.rclonelink', '../../outside', metadata);
  await place.put('a/link/through', 'content');
  const asFiles = await place.restore({ pattern: '*.rclonelink' });
  assert.deepEqual(
    [asFiles.exit_code, place.content()],
    [0, { 'a/': '', 'a/link.rclonelink': '../../outside' }],
  );

  const asLinks = await place.restore({ links: true, pattern: 'link' });
  assert.equal(
    onlyEntry({ ...asLinks, files: asLinks.files.filter(({ path }) => path === 'a/link') }).fate,
    'restored',
  );
  assert.equal(place.content()['a/link'], '-> ../../outside');
  const again = await place.restore({ links: true });
  assert.deepEqual(endsOf(again), {
    'a/link.rclonelink': 'unchanged',
    'a/link/through': 'failed OUTSIDE_TARGET',
  });
  await place.put('a/link.rclonelink', 'elsewhere', metadata);
  assert.equal(
    endsOf(await place.restore({ links: true }))['a/link.rclonelink'],
    'failed LOCAL_FILE_DIFFERS',
  );
  assert.equal(
    endsOf(await place.restore({ links: true, overwrite: true }))['a/link.rclonelink'],
    'restored',
  );
  assert.equal(place.content()['a/link'], '-> elsewhere');
});

test('a link is not made over a file, nor a file over a link, unless it may be replaced', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('link.rclonelink', 'target');
  await place.put('file', 'content');
  plant(place, 'link', 'a file');
  symlinkSync('elsewhere', place.path('file'));
  const refused = await place.restore({ links: true });
  assert.deepEqual(new Set(Object.values(endsOf(refused))), new Set(['failed LOCAL_FILE_DIFFERS']));
  const replaced = await place.restore({ links: true, overwrite: true });
  assert.deepEqual([replaced.exit_code, place.content()], [0, { link: '-> target', file: 'content' }]);
});
