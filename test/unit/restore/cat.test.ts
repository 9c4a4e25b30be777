/** Which objects `cat` writes, in which order, and what it says of those that are not there. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { backup, type CatOptions } from '../../../src/index.ts';
import { bytesOfLength } from '../../suites/contract/support/source.ts';
import { keepVersions } from '../../support/bucket.ts';
import { catFrom, reachOf } from '../../support/cat.ts';
import { putParts } from '../../support/put-parts.ts';
import { useRestorePlace } from '../../support/restore.ts';
import { MIB, optionsFor } from '../../support/run.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';
import { useSimpleStore } from '../../support/simple-store.ts';

const LARGE = bytesOfLength(11 * MIB + 3);

async function usePlace(t: TestContext, objects: Readonly<Record<string, string>> = {}) {
  const place = await useRestorePlace(t);
  for (const [key, body] of Object.entries(objects)) await place.put(key, body);
  const write = (more: Partial<CatOptions>) => catFrom(reachOf(place.server), more);
  return { ...place, write };
}

for (const transport of ['auto', 'sdk'] as const) {
  test(`an object is written whole and proved, whatever its size and its parts (${transport})`, async (t) => {
    const place = await usePlace(t, { empty: '', small: 'a few bytes' });
    await place.put('large', LARGE);
    await putParts(place, 'parts', LARGE, [5 * MIB, 5 * MIB, MIB + 3]);
    await putParts(place, 'parts that grow', LARGE, [5 * MIB, 6 * MIB + 3]);
    await putParts(place, 'parts in memory', LARGE.subarray(0, 7 * MIB), [5 * MIB, 2 * MIB]);
    for (const [key, expected, proof] of [
      ['empty', Buffer.alloc(0), 'etag-md5'],
      ['small', Buffer.from('a few bytes'), 'etag-md5'],
      ['large', LARGE, 'etag-md5'],
      ['parts', LARGE, 'etag-parts'],
      ['parts that grow', LARGE, 'etag-parts'],
      ['parts in memory', LARGE.subarray(0, 7 * MIB), 'etag-parts'],
    ] as const) {
      const { report, bytes, ends } = await place.write({ key, transport });
      assert.deepEqual([report.exit_code, ends], [0, { [key]: proof }]);
      assert.ok(bytes.equals(expected), key);
    }
  });
}

test('a key is one path below the prefix, and nothing else', async (t) => {
  const { write } = await usePlace(t, {
    'p/a.txt': 'it',
    'p/a.txt.bak': 'longer',
    'p/sub/a.txt': 'deeper',
    'a.txt': 'above',
    'p/a[1].txt': 'brackets',
    'p/a1.txt': 'one',
    'p/x//y': 'no path for a file',
    'p/link.rclonelink': 'where/it/leads',
    'p/.s3-backup/note': 'own',
  });
  const wanted = {
    'a.txt': 'it',
    'a[1].txt': 'brackets',
    'x//y': 'no path for a file',
    'link.rclonelink': 'where/it/leads',
    '.s3-backup/note': 'own',
  };
  for (const [key, text] of Object.entries(wanted)) {
    const { bytes, report } = await write({ prefix: 'p', key });
    assert.deepEqual([String(bytes), report.exit_code, report.target], [text, 0, '-']);
  }
});

test('what a pattern matches is written in the order of the keys, with nothing between', async (t) => {
  const { write, put } = await usePlace(t, {
    'p/b.log': 'b',
    'p/a/z.log': 'z',
    'p/a/y.log': 'y',
    'p/c.txt': 'no log',
    'p/a/': '',
    'p/.s3-backup/x.log': 'own',
  });
  await put('p/b.big.log', LARGE);
  const { bytes, ends } = await write({ prefix: 'p', pattern: '*.log' });
  assert.ok(bytes.equals(Buffer.concat([Buffer.from('yz'), LARGE, Buffer.from('b')])));
  assert.deepEqual(Object.keys(ends), ['p/a/y.log', 'p/a/z.log', 'p/b.big.log', 'p/b.log']);
  assert.equal(String((await write({ prefix: 'p', pattern: 'a/' })).bytes), 'yz');
  assert.equal(String((await write({ prefix: 'p', pattern: '/.s3-backup/*' })).bytes), 'own');
});

test('objects are read at the same time, and still written in their order', async (t) => {
  const { write, server } = await usePlace(t, { a: 'a', b: 'b', c: 'c' });
  const isAsked = () => server.requests.of('GetObject').some(({ key }) => key === 'c');
  const untilLastIsAsked = async () => {
    while (!isAsked()) await sleep(5);
  };
  server.faults.plan({ operation: 'GetObject', key: 'a', do: { kind: 'call', run: untilLastIsAsked } });
  assert.equal(String((await write({ pattern: '?' })).bytes), 'abc');
});

test('more small objects than memory holds are written', async (t) => {
  const { write, put } = await usePlace(t);
  const bytes = bytesOfLength(7 * MIB);
  for (const key of ['a', 'b', 'c', 'd']) await put(key, bytes);
  const written = await write({ pattern: '*', memoryBytes: 32 * MIB });
  assert.ok(written.bytes.equals(Buffer.concat([bytes, bytes, bytes, bytes])));
});

test('the target of a link is no content of a pattern: it is left out, and reported', async (t) => {
  const { write } = await usePlace(t, { a: 'a', 'b.rclonelink': 'a', c: 'c' });
  const { bytes, ends, report } = await write({ pattern: '*' });
  assert.deepEqual(
    [String(bytes), ends, report.exit_code],
    ['ac', { a: 'etag-md5', 'b.rclonelink': 'EXCLUDED', c: 'etag-md5' }, 0],
  );
});

test('nothing is written, and the exit code is 1, if no object is found', async (t) => {
  const { write } = await usePlace(t, { 'p/a': 'a', 'p/b.rclonelink': 'a' });
  for (const named of [{ key: 'A' }, { key: 'p/a' }, { pattern: '*.txt' }, { pattern: 'b*' }]) {
    const { report, bytes } = await write({ prefix: 'p', ...named });
    assert.deepEqual([report.exit_code, report.error?.code, bytes.length], [1, 'NOTHING_TO_RESTORE', 0]);
  }
  const { report } = await write({ prefix: 'p', key: 'A' });
  assert.equal(report.error?.message, `There is no object A in s3://${TEST_BUCKET}/p/.`);
});

test('an object is written as it was at a time', async (t) => {
  const place = await usePlace(t);
  await keepVersions(place.client);
  await place.put('a', 'first');
  await place.put('ab', 'other');
  await place.put('large', LARGE);
  await sleep(5);
  const versionAt = new Date().toISOString();
  await sleep(5);
  await place.put('a', 'second');
  await place.put('large', 'small');
  await place.put('aa', 'new');
  await place.client.send(new DeleteObjectCommand({ Bucket: TEST_BUCKET, Key: 'ab' }));
  const textOf = async (more: Partial<CatOptions>) =>
    String((await place.write({ versionAt, ...more })).bytes);
  assert.equal(await textOf({ key: 'a' }), 'first');
  assert.equal(await textOf({ key: 'ab' }), 'other');
  assert.equal(await textOf({ pattern: 'a*' }), 'firstother');
  const large = await place.write({ key: 'large', versionAt });
  assert.ok(large.bytes.equals(LARGE));
  for (const key of ['aa', 'lar']) {
    const { report } = await place.write({ key, versionAt });
    assert.equal(report.error?.code, 'NOTHING_TO_RESTORE', key);
  }
});

test('an object that was overwritten while the bucket kept no versions is unknown at an earlier time', async (t) => {
  const { write } = await usePlace(t, { a: 'a' });
  for (const named of [{ key: 'a' }, { pattern: 'a' }]) {
    const { report, ends, bytes } = await write({ ...named, versionAt: '2020-01-01' });
    assert.deepEqual([report.exit_code, ends, bytes.length], [2, { a: 'NO_VERSION_THEN' }, 0]);
  }
});

test('an object is written as a run stored it, also if it was moved and overwritten since', async (t) => {
  const place = await usePlace(t);
  await keepVersions(place.client);
  // The record has the files of the first source before those of the second.
  const sources = ['z', 'a'].map((prefix) => ({ folder: join(place.root, prefix), prefix }));
  for (const { folder, prefix } of sources) {
    mkdirSync(folder);
    for (const [name, content] of Object.entries({ one: `${prefix}1`, large: LARGE, unread: 'u' }))
      writeFileSync(join(folder, name), content);
  }
  const refusal = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  place.server.faults.plan({ operation: 'PutObject', key: 'p/a/unread', do: refusal });
  const options = optionsFor(place.server, '', { prefix: 'p', manifest: true, deleteAfterUpload: true });
  assert.equal((await backup({ ...options, source: sources })).exit_code, 2);
  for (const path of ['a/one', 'a/large', 'a/unread', 'a/none']) await place.put(`p/${path}`, 'newer');
  const ofRun = (more: Partial<CatOptions>) => place.write({ prefix: 'p', run: 'latest', ...more });
  assert.equal(String((await ofRun({ key: 'a/one' })).bytes), 'a1');
  assert.ok((await ofRun({ key: 'a/large' })).bytes.equals(LARGE));
  assert.equal(String((await ofRun({ pattern: 'one' })).bytes), 'a1z1');
  const unread = await ofRun({ key: 'a/unread' });
  assert.deepEqual(
    [unread.ends, unread.report.error?.code, unread.bytes.length],
    [{ 'p/a/unread': 'NOT_STORED' }, 'NOTHING_TO_RESTORE', 0],
  );
  for (const key of ['a/none', 'a/on'])
    assert.equal((await ofRun({ key })).report.error?.code, 'NOTHING_TO_RESTORE', key);
});

test('an archived object is not asked for, and nothing behind it is written', async (t) => {
  for (const size of [3, 9 * MIB]) {
    const { write, put, server } = await usePlace(t, { a: 'a', c: 'c' });
    await put('b', Buffer.alloc(size, 'b'), { StorageClass: 'GLACIER' });
    const { report, ends, bytes } = await write({ pattern: '*' });
    assert.deepEqual([String(bytes), report.exit_code, ends], ['a', 2, { a: 'etag-md5', b: 'ARCHIVED' }]);
    assert.deepEqual(server.requests.of('RestoreObject'), []);
  }
});

test('an object whose size the listing does not tell is looked up', async (t) => {
  const store = await useSimpleStore(t, { listsSize: '' });
  store.put('a', 'a');
  store.put('b', LARGE);
  const { to, ...reached } = store.restoreOptions('');
  const { bytes } = await catFrom(reached, { pattern: '*' });
  assert.ok(bytes.equals(Buffer.concat([Buffer.from('a'), LARGE])));
});

test('options that name nothing, or two things, are refused before anything is sent', async (t) => {
  const { write, server } = await usePlace(t);
  for (const [wrong, message] of [
    [{}, /^key is not given, and pattern is not given; exactly one/],
    [{ key: 'a', pattern: 'b' }, /^key is "a", and pattern is "b"; exactly one/],
    [{ key: '' }, /^key is ""/],
    [{ pattern: '!a' }, /^PATTERN: the pattern "!a" cannot be used/],
    [{ key: 'a', run: 'latest', versionAt: '2026-11-24' }, /name two states/],
    [{ key: 'a', memoryBytes: MIB }, /^memoryBytes is 1048576/],
    [{ key: 'a', output: 'stdout' }, /^output is "stdout"; allowed is a writable stream\.$/],
    [{ key: 'a', to: '/' }, /^to is not an option of cat/],
  ] as const)
    await assert.rejects(write(wrong as Partial<CatOptions>), { code: 'BAD_OPTION', message });
  assert.equal(server.requests.length, 0);
});
