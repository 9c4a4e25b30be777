/** Stores that answer otherwise than AWS: what is still proved there, and what is never believed. */
import assert from 'node:assert/strict';

import { test } from 'node:test';
import { type BackupOptions, backup, restore } from '../../../src/index.ts';
import { verifyFiles } from '../../../src/verify/verify-files.ts';
import { entryFor, fatesOf, MIB } from '../../support/run.ts';
import { type Quirks, type SimpleStore, useSimpleStore } from '../../support/simple-store.ts';
import { filesIn, namesIn, useFolder, useTree } from '../../support/tree.ts';

const TRANSPORTS = ['auto', 'sdk'] as const;

function move(store: SimpleStore, source: string, more: Partial<BackupOptions> = {}) {
  return backup(store.options(source, { deleteAfterUpload: true, ...more }));
}

const UNUSUAL: readonly (readonly [string, Quirks])[] = [
  ['writes ETags in upper case', { etag: 'upper-case' }],
  ['sends weak ETags', { etag: 'weak' }],
  ['tells no sizes in HEAD', { hidesLength: true }],
  ['tells no sizes in listings', { listsSize: '' }],
  ['tells sizes in listings that are no numbers', { listsSize: '<Size>many</Size>' }],
  ['tells sizes in listings that no object has', { listsSize: '<Size>99999999999999999999</Size>' }],
  ['begins listings with an empty page', { beginsEmpty: true }],
  [
    'does all of that, and ignores conditions',
    {
      etag: 'weak',
      hidesLength: true,
      beginsEmpty: true,
      ignoresConditions: true,
    },
  ],
];

for (const [name, quirks] of UNUSUAL) {
  for (const transport of TRANSPORTS) {
    test(`a store that ${name}: files are moved, verified and restored (${transport})`, async (t) => {
      const store = await useSimpleStore(t, quirks);
      const files = { small: 'some bytes', empty: '', 'a/large': Buffer.alloc(11 * MIB, 'large') };
      const source = useTree(t, files);
      const before = filesIn(source);
      const options = { transport, verify: 'head', partSizeBytes: 5 * MIB } as const;
      assert.equal((await backup(store.options(source, options))).exit_code, 0);
      const { exit_code } = await verifyFiles(store.options(source, options), { onResult: () => undefined });
      assert.equal(exit_code, 0);
      const beside = await restore({ ...store.restoreOptions(source), transport });
      assert.deepEqual([beside.exit_code, beside.counts.unchanged], [0, 3]);
      const report = await move(store, source, options);
      assert.deepEqual(fatesOf(report), { small: 'deleted', empty: 'deleted', 'a/large': 'deleted' });
      assert.deepEqual(namesIn(source), []);
      const back = useFolder(t);
      const dryRun = await restore({ ...store.restoreOptions(back), transport, dryRun: true });
      assert.deepEqual([dryRun.exit_code, namesIn(back)], [0, []]);
      const restored = await restore({ ...store.restoreOptions(back), transport });
      assert.deepEqual([restored.exit_code, filesIn(back)], [0, before]);
    });
  }
}

for (const beginsEmpty of [false, true]) {
  for (const size of [10, 6 * MIB]) {
    test(`two files whose keys are one for the store: neither is lost (${size} bytes, begins empty: ${beginsEmpty})`, async (t) => {
      const store = await useSimpleStore(t, { foldsKeys: true, ignoresConditions: true, beginsEmpty });
      const source = useTree(t, { README: Buffer.alloc(size, 'big'), readme: Buffer.alloc(size, 'small') });
      const before = filesIn(source);
      const report = await move(store, source, { partSizeBytes: 5 * MIB });
      assert.deepEqual(Object.values(fatesOf(report)).sort(), ['deleted', 'failed OBJECT_EXISTS']);
      const [left = ''] = namesIn(source);
      const [object] = store.objects.values();
      const gone = [...before.keys()].find((path) => path !== left) ?? '';
      assert.ok(
        object?.bytes.equals(before.get(gone) ?? Buffer.alloc(0)),
        'the deleted file is in the store',
      );
      assert.deepEqual(filesIn(source).get(left), before.get(left));
    });
  }
}

test('many pairs of keys that are one for the store lose nothing, whatever is in flight', async (t) => {
  const store = await useSimpleStore(t, { foldsKeys: true, ignoresConditions: true });
  const names = Array.from({ length: 40 }, (_, n) => [`file ${n}`, `FILE ${n}`]).flat();
  const source = useTree(t, Object.fromEntries(names.map((name) => [name, `content of ${name}`])));
  const report = await move(store, source, { concurrency: 16 });
  assert.deepEqual([report.counts.deleted, report.counts.failed], [40, 40]);
  for (const { path, fate } of report.files) {
    const object = store.objects.get(path.toLowerCase())?.bytes.toString();
    assert.equal(object === `content of ${path}`, fate === 'deleted', path);
  }
});

test('a store that heeds conditions is found out with one request, and its keys are not looked at one by one', async (t) => {
  const names = Array.from({ length: 300 }, (_, n) => `file ${n}`);
  const files = Object.fromEntries(names.map((name) => [name, `content of ${name}`]));
  const asked = async (ignoresConditions: boolean) => {
    const store = await useSimpleStore(t, { ignoresConditions });
    assert.equal((await move(store, useTree(t, files))).counts.deleted, 300);
    return (method: string) => store.requests.filter((line) => line.startsWith(method)).length;
  };
  const [ofHeeding, ofIgnoring] = [await asked(false), await asked(true)];
  assert.deepEqual([ofHeeding('PUT'), ofIgnoring('PUT')], [301, 301]);
  assert.ok(ofIgnoring('HEAD') > 300);
  assert.ok(ofHeeding('HEAD') < 100, `${ofHeeding('HEAD')} keys were looked at`);
});

test('a copy is not slowed down by that: only a move must never overwrite anything', async (t) => {
  const store = await useSimpleStore(t, { ignoresConditions: true });
  const names = Array.from({ length: 20 }, (_, n) => `file ${n}`);
  const source = useTree(t, Object.fromEntries(names.map((name) => [name, `content of ${name}`])));
  assert.equal((await backup(store.options(source))).counts.kept, 20);
  assert.equal(store.requests.filter((line) => line.startsWith('PUT')).length, 20);
  assert.equal(store.requests.filter((line) => line.startsWith('HEAD')).length, 0);
});

test('a listing that still shows objects that are gone proves no deletion', async (t) => {
  const store = await useSimpleStore(t, { listsDeleted: true });
  const names = Array.from({ length: 20 }, (_, n) => `file ${n}`);
  const source = useTree(t, Object.fromEntries(names.map((name) => [name, `content of ${name}`])));
  await backup(store.options(source));
  for (const name of names) store.delete(name);
  const report = await move(store, source);
  assert.ok(report.counts.failed > 0);
  // The first are looked up one by one, and sent again.
  for (const name of names) assert.equal(store.objects.has(name), entryFor(report, name).fate === 'deleted');
  assert.equal(namesIn(source).length, report.counts.failed);
});

test('an upload in parts that the store completes over another object is stopped before', async (t) => {
  const store = await useSimpleStore(t, { ignoresConditions: true });
  const source = useTree(t, { large: Buffer.alloc(6 * MIB, 'ours') });
  const options = store.options(source, { deleteAfterUpload: true, partSizeBytes: 5 * MIB });
  const answer = store.answer.bind(store);
  store.answer = async (request, response) => {
    if (request.url?.includes('partNumber=2')) store.put('large', 'of somebody else');
    return answer(request, response);
  };
  const report = await backup(options);
  assert.deepEqual(fatesOf(report), { large: 'failed OBJECT_EXISTS' });
  assert.equal(store.objects.get('large')?.bytes.toString(), 'of somebody else');
});

/** As a mount of the bucket (s3fs, rclone mount) does: what is renamed here gets another key there. */
test('a source that is a mount of the bucket is left as it is', async (t) => {
  const store = await useSimpleStore(t);
  const source = useTree(t, { one: 'first', 'sub/two': 'second' });
  const answer = store.answer.bind(store);
  store.answer = async (request, response) => {
    const key = decodeURIComponent(request.url ?? '')
      .split('/')
      .slice(2)
      .join('/');
    const isRenamed = request.method === 'HEAD' && !filesIn(source).has(key);
    if (isRenamed) store.delete(key);
    return answer(request, response);
  };
  const report = await move(store, source);
  assert.equal(report.error?.code, 'SOURCE_IS_STORE');
  assert.equal(report.exit_code, 1);
  assert.deepEqual(namesIn(source), ['one', 'sub', 'sub/two']);
});
