/** Restores of what a run has stored, by its manifest. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import {
  type BackupOptions,
  MemoryEntries,
  type Report,
  type RestoreReport,
  runBackup,
} from '../../../src/index.ts';
import { endsOf, onlyEntry, type RestorePlace, useRestorePlace } from '../../support/restore.ts';
import { fatesOf, MIB, optionsFor } from '../../support/run.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';
import { addFiles, type Files } from '../../support/tree.ts';
import { bytesOfLength } from '../contract/support/source.ts';

const Bucket = TEST_BUCKET;
const LARGE = 17 * MIB + 1;

interface RunPlace extends RestorePlace {
  readonly source: string;
  /** A run that stores its manifest; returns its id. */
  backup(more?: Partial<BackupOptions>): Promise<string>;
  /** What became of each file in the last one. */
  fates(): Record<string, string>;
  remove(key: string): Promise<void>;
}

async function useRuns(t: TestContext, files: Files, isVersioned = false): Promise<RunPlace> {
  const place = await useRestorePlace(t);
  if (isVersioned) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await place.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  const source = join(place.root, 'source');
  mkdirSync(source);
  addFiles(source, files);
  let fates: Record<string, string> = {};
  return {
    ...place,
    source,
    fates: () => fates,
    backup: async (more) => {
      const options = optionsFor(place.server, source, { prefix: 'p', manifest: true, ...more });
      const entries = new MemoryEntries();
      const { manifest } = await runBackup(options, entries);
      fates = fatesOf({ files: entries.list } as unknown as Report);
      return /([^/]+)\.ndjson\.gz$/.exec(manifest ?? '')?.[1] ?? 'none was stored';
    },
    remove: async (Key) => {
      await place.client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
  };
}

const reasonOf = ({ files }: RestoreReport, key: string) =>
  files.find((file) => file.key === key)?.reason ?? '';

for (const transport of ['auto', 'sdk'] as const) {
  test(`a restore with run restores what a move stored, and nothing newer (${transport})`, async (t) => {
    const files = { a: 'a', 'sub/b c': 'bb', empty: '', large: bytesOfLength(LARGE) };
    const place = await useRuns(t, files);
    utimesSync(join(place.source, 'a'), 1e9, 1e9);
    const run = await place.backup({ deleteAfterUpload: true, transport });
    await place.put('p/later', 'no file of that run');
    const report = await place.restore({ prefix: 'p', run: 'latest', transport });
    assert.deepEqual([report.exit_code, report.run, report.version_at], [0, run, null]);
    assert.deepEqual(report.counts, { restored: 4, unchanged: 0, requested: 0, skipped: 0, failed: 0 });
    assert.deepEqual(Object.keys(place.content()), ['a', 'empty', 'large', 'sub/', 'sub/b c']);
    assert.ok(readFileSync(place.path('large')).equals(bytesOfLength(LARGE)));
    assert.equal(lstatSync(place.path('a')).mtimeMs, 1e12);
    assert.ok(report.files.every(({ proof }) => proof !== null));
    // S3 proves that it is the recorded write: its MD5 would prove nothing more.
    assert.equal(report.files.find(({ path }) => path === 'large')?.md5, null);
    const again = await place.restore({ prefix: 'p', run, transport });
    assert.deepEqual([again.exit_code, again.counts.unchanged], [0, 4]);
  });

  test(`in a bucket without versions, newer content is reported and never restored (${transport})`, async (t) => {
    const files = {
      same: 's',
      'other size': 'x',
      'other bytes': 'first',
      gone: 'g',
      large: bytesOfLength(LARGE),
    };
    const place = await useRuns(t, files);
    const run = await place.backup({ transport });
    await place.put('p/other size', 'longer');
    await place.put('p/other bytes', 'later');
    await place.put('p/large', Buffer.alloc(LARGE, 'l'));
    await place.put('p/same', 's');
    await place.remove('p/gone');
    const report = await place.restore({ prefix: 'p', run, transport });
    assert.deepEqual(endsOf(report), {
      'p/same': 'restored',
      'p/other size': 'failed OBJECT_REPLACED',
      'p/other bytes': 'failed OBJECT_REPLACED',
      'p/large': 'failed OBJECT_REPLACED',
      'p/gone': 'failed NOT_FOUND',
    });
    assert.equal(report.exit_code, 2);
    assert.match(
      reasonOf(report, 'p/other size'),
      /^other content is under its key by now \(S3 holds 6 bytes/,
    );
    assert.match(
      reasonOf(report, 'p/gone'),
      /^nothing is under its key any more, and no version of what that run/,
    );
    assert.deepEqual(place.content(), { same: 's' });
    const planned = await place.restore({ prefix: 'p', run, transport, dryRun: true, to: place.path('new') });
    assert.deepEqual([planned.counts.failed, planned.planned?.files], [4, 1]);
  });

  test(`in a bucket with versions, what the run stored comes back whatever came later (${transport})`, async (t) => {
    const files = {
      changed: 'first',
      deleted: 'was here',
      lost: 'l',
      large: bytesOfLength(LARGE),
      kept: 'k',
    };
    const place = await useRuns(t, files, true);
    const run = await place.backup({ transport });
    const entries = await place.restore({ prefix: 'p', run, transport, dryRun: true });
    const lost = entries.files.find(({ key }) => key === 'p/lost')?.version_id ?? '';
    await place.put('p/changed', 'later');
    await place.put('p/large', Buffer.alloc(LARGE, 'l'));
    await place.remove('p/deleted');
    await place.client.send(new DeleteObjectCommand({ Bucket, Key: 'p/lost', VersionId: lost }));
    await place.put('p/lost', 'L');
    const before = place.server.requests.length;
    const report = await place.restore({ prefix: 'p', run, transport });
    assert.deepEqual(endsOf(report), {
      'p/changed': 'restored',
      'p/deleted': 'restored',
      'p/lost': 'failed OBJECT_REPLACED',
      'p/large': 'restored',
      'p/kept': 'restored',
    });
    const { changed, deleted } = place.content();
    assert.deepEqual([changed, deleted], ['first', 'was here']);
    const reads = place.server.requests
      .slice(before)
      .filter(({ operation, key }) => operation === 'GetObject' && !key?.includes('.s3-backup'));
    assert.ok(reads.length >= 6 && reads.every(({ query }) => query.versionId));
  });

  test(`content that replaces the object while it is read is not restored, even by a second run (${transport})`, async (t) => {
    const place = await useRuns(t, { small: 'first', large: bytesOfLength(LARGE) });
    const run = await place.backup({ transport });
    for (const [key, body] of [
      ['p/small', 'later'],
      ['p/large', Buffer.alloc(LARGE, 'l')],
    ] as const) {
      place.server.faults.plan({
        operation: 'GetObject',
        key,
        skip: key === 'p/large' ? 1 : 0,
        do: { kind: 'call', run: () => place.put(key, body) },
      });
    }
    for (const round of [1, 2]) {
      const report = await place.restore({ prefix: 'p', run, transport });
      assert.deepEqual(
        endsOf(report),
        { 'p/small': 'failed OBJECT_REPLACED', 'p/large': 'failed OBJECT_REPLACED' },
        `round ${round}`,
      );
      assert.deepEqual(place.content(), {});
    }
  });

  test(`a restore that broke off resumes the same write only (${transport})`, async (t) => {
    const place = await useRuns(t, { large: bytesOfLength(LARGE) });
    const run = await place.backup({ transport });
    const breakOff = () =>
      place.server.faults.plan({
        operation: 'GetObject',
        key: 'p/large',
        skip: 2,
        do: { kind: 'error', status: 403, code: 'AccessDenied' },
      });
    breakOff();
    assert.equal(onlyEntry(await place.restore({ prefix: 'p', run, transport })).code, 'DOWNLOAD_FAILED');
    assert.equal(Object.keys(place.content()).length, 1);
    await place.put('p/large', Buffer.alloc(LARGE, 'l'));
    assert.equal(onlyEntry(await place.restore({ prefix: 'p', run, transport })).code, 'OBJECT_REPLACED');
    // The same content once more, by another program, in one piece: no other bytes, another ETag.
    await place.put('p/large', bytesOfLength(LARGE));
    const report = await place.restore({ prefix: 'p', run, transport });
    assert.equal(onlyEntry(report).fate, 'restored');
    assert.ok(readFileSync(place.path('large')).equals(bytesOfLength(LARGE)));
  });
}

const KMS = { serverSideEncryption: 'aws:kms', kmsKeyId: 'key' } as const;

test('every file that the run stored comes back, whatever its fate; others are NOT_STORED', async (t) => {
  const place = await useRuns(t, { deleted: 'd', linked: 'l', refused: 'r', vanished: 'v', link: '' });
  linkSync(join(place.source, 'linked'), join(place.root, 'elsewhere'));
  place.server.faults.plan({ operation: 'PutObject', key: 'p/vanished', do: { kind: 'vanish' } });
  writeFileSync(join(place.source, 'there'), 't');
  await place.put('p/there', 't');
  await place.put('p/refused', 'of an earlier run');
  const run = await place.backup({ deleteAfterUpload: true });
  assert.deepEqual(place.fates(), {
    deleted: 'deleted',
    linked: 'kept HARD_LINK',
    refused: 'failed OBJECT_EXISTS',
    vanished: 'failed VERIFY_FAILED',
    there: 'deleted',
    link: 'deleted',
  });
  const report = await place.restore({ prefix: 'p', run });
  assert.deepEqual(endsOf(report), {
    'p/deleted': 'restored',
    'p/linked': 'restored',
    'p/refused': 'skipped NOT_STORED',
    'p/vanished': 'skipped NOT_STORED',
    'p/there': 'restored',
    'p/link': 'restored',
  });
  assert.equal(report.exit_code, 0);
  assert.equal(reasonOf(report, 'p/refused'), 'that run has not stored it (OBJECT_EXISTS)');
});

test('without a digest of S3 the recorded MD5 proves or refutes the content', async (t) => {
  const place = await useRuns(t, { good: 'content', damaged: 'content', large: bytesOfLength(LARGE) });
  const flip = { kind: 'flip-byte' } as const;
  place.server.faults.plan({ operation: 'PutObject', key: 'p/damaged', do: flip });
  const run = await place.backup({ object: KMS, checksum: 'md5', requireProof: false });
  assert.deepEqual(new Set(Object.values(place.fates())), new Set(['kept NOT_PROVED']));
  const report = await place.restore({ prefix: 'p', run });
  assert.deepEqual(endsOf(report), {
    'p/good': 'restored',
    'p/damaged': 'failed CONTENT_DIFFERS',
    'p/large': 'restored',
  });
  assert.equal(report.files.find(({ key }) => key === 'p/large')?.proof, 'download');
  assert.match(reasonOf(report, 'p/damaged'), /that run has recorded 9a0364b9e99bb480dd25e1f0284c8555/);
  const plain = await place.restore({ prefix: 'p', to: join(place.root, 'plain') });
  assert.equal(endsOf(plain)['p/damaged'], 'restored NOT_PROVED');
});

test('an answer with another ETag is refused, even if the store ignores If-Match', async (t) => {
  const place = await useRuns(t, { small: 's', large: bytesOfLength(LARGE) });
  const run = await place.backup();
  const times = Number.POSITIVE_INFINITY;
  place.server.faults.plan({
    operation: 'GetObject',
    key: /p.(small|large)/,
    times,
    do: { kind: 'wrong-etag' },
  });
  const report = await place.restore({ prefix: 'p', run });
  assert.deepEqual(endsOf(report), {
    'p/small': 'failed OBJECT_REPLACED',
    'p/large': 'failed OBJECT_REPLACED',
  });
  assert.deepEqual(place.content(), {});
});

test('a version is found by its ETag if the run knew the object from a listing', async (t) => {
  const place = await useRuns(t, { old: 'first', older: 'o' }, true);
  await place.backup();
  for (const name of ['old', 'older']) utimesSync(join(place.source, name), 1, 1);
  const run = await place.backup({ compare: 'size-mtime' });
  assert.equal(place.fates().old, 'unchanged SIZE_AND_TIME');
  await place.put('p/old', 'later');
  await place.put('p/old', 'later still');
  await place.remove('p/older');
  const report = await place.restore({ prefix: 'p', run });
  assert.deepEqual(endsOf(report), { 'p/old': 'restored', 'p/older': 'restored' });
  assert.deepEqual(place.content(), { old: 'first', older: 'o' });
  const refusal = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  place.server.faults.plan({ operation: 'ListObjectVersions', times: 2, do: refusal });
  const forbidden = await place.restore({ prefix: 'p', run, to: join(place.root, 'other') });
  assert.deepEqual(endsOf(forbidden), { 'p/old': 'failed OBJECT_REPLACED', 'p/older': 'failed NOT_FOUND' });
  assert.match(
    reasonOf(forbidden, 'p/old'),
    /whether a version is there is not known \(ListObjectVersions: Acc/,
  );
});

test('mode and time are those of the run, even if an earlier run stored the content', async (t) => {
  const place = await useRuns(t, { a: 'a', unread: 'u' });
  const [a, unread] = [join(place.source, 'a'), join(place.source, 'unread')];
  chmodSync(unread, 0o604);
  utimesSync(unread, 1e9, 1e9);
  await place.backup();
  chmodSync(a, 0o640);
  utimesSync(a, 1_234_567_890.5, 1_234_567_890.5);
  const run = await place.backup({ compare: 'size-mtime' });
  assert.deepEqual(place.fates(), { a: 'unchanged SIZE_AND_TIME', unread: 'unchanged SIZE_AND_TIME' });
  const read = await place.backup({ compare: 'checksum' });
  assert.deepEqual(place.fates(), { a: 'unchanged', unread: 'unchanged' });
  const attributes = (name: string) => {
    const { mode, mtimeMs } = lstatSync(place.path(name));
    return [(mode & 0o777).toString(8), mtimeMs];
  };
  await place.restore({ prefix: 'p', run: read });
  assert.deepEqual(attributes('a'), ['640', 1_234_567_890_500]);
  await place.restore({ prefix: 'p', run, pattern: 'unread', overwrite: true });
  assert.deepEqual(attributes('unread'), ['604', 1e12]);
});

test("stored links become links, and a file with a link's suffix stays a file", async (t) => {
  const place = await useRuns(t, { 'x.rclonelink': 'a file', 'sub/a': 'a' });
  symlinkSync('a', join(place.source, 'sub/link'));
  const run = await place.backup({ links: 'store' });
  const plain = await place.restore({ prefix: 'p', run });
  assert.deepEqual(place.content(), {
    'sub/': '',
    'sub/a': 'a',
    'sub/link.rclonelink': 'a',
    'x.rclonelink': 'a file',
  });
  assert.equal(plain.exit_code, 0);
  const to = join(place.root, 'links');
  const report = await place.restore({ prefix: 'p', run, links: true, to });
  assert.deepEqual([report.exit_code, report.counts.restored], [0, 3]);
  assert.equal(readlinkSync(join(to, 'sub/link')), 'a');
  assert.equal(readFileSync(join(to, 'x.rclonelink'), 'utf8'), 'a file');
});

test('if the version was deleted, the same content under the key is restored', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [String(n), `content ${n}`]));
  const place = await useRuns(t, files, true);
  const run = await place.backup();
  const planned = await place.restore({ prefix: 'p', run, dryRun: true });
  for (const { path, key, version_id: VersionId } of planned.files) {
    await place.put(key ?? '', path === '7' ? 'later' : `content ${path}`);
    await place.client.send(new DeleteObjectCommand({ Bucket, Key: key ?? '', VersionId: VersionId ?? '' }));
  }
  const report = await place.restore({ prefix: 'p', run });
  assert.deepEqual([report.counts.restored, endsOf(report)['p/7']], [19, 'failed OBJECT_REPLACED']);
});

test('the same content is restored if it was written again with another ETag', async (t) => {
  for (const others of [0, 20]) {
    const files = Object.fromEntries(Array.from({ length: others }, (_, n) => [String(n), `content ${n}`]));
    const place = await useRuns(t, { ...files, large: bytesOfLength(LARGE) }, true);
    const run = await place.backup();
    await place.put('p/large', bytesOfLength(LARGE));
    const report = await place.restore({ prefix: 'p', run });
    assert.deepEqual([report.exit_code, report.counts.restored], [0, others + 1]);
  }
});

test('a pattern chooses objects, and no request is made for others', async (t) => {
  const place = await useRuns(t, { 'a.txt': 'a', 'sub/b.txt': 'b', 'sub/c.pdf': 'c', 'sub2/d.txt': 'd' });
  const run = await place.backup();
  const before = place.server.requests.length;
  const report = await place.restore({ prefix: 'p', run, pattern: '/sub/*.txt' });
  assert.deepEqual(endsOf(report), { 'p/sub/b.txt': 'restored', 'p/sub/c.pdf': 'skipped EXCLUDED' });
  const asked = place.server.requests
    .slice(before)
    .flatMap(({ operation, key }) =>
      operation === 'HeadObject' || operation === 'GetObject' ? [key ?? ''] : [],
    );
  assert.ok(
    asked.every((key) => key === 'p/sub/b.txt' || key.startsWith('p/.s3-backup/')),
    asked.join(),
  );
  const nothing = await place.restore({ prefix: 'p', run, pattern: '*.doc' });
  assert.deepEqual([nothing.exit_code, nothing.error?.code], [1, 'NOTHING_TO_RESTORE']);
  assert.match(nothing.error?.message ?? '', /^No matching objects in what run \d{8}T/);
});

test('many objects are looked up by one listing instead of hundreds of requests', async (t) => {
  const names = Array.from({ length: 300 }, (_, n) => [`folder ${n % 7}/${n}`, String(n)] as const);
  const place = await useRuns(t, Object.fromEntries(names));
  const run = await place.backup();
  await place.put('p/folder 0/0', 'later');
  const before = place.server.requests.length;
  const report = await place.restore({ prefix: 'p', run });
  assert.deepEqual([report.counts.restored, report.counts.failed], [299, 1]);
  const asked = place.server.requests.slice(before).map(({ operation }) => operation);
  assert.ok(asked.filter((operation) => operation !== 'GetObject').length < 60, asked.join());
});

test('archived objects are requested by their version, whether a listing or only reading shows the archive', async (t) => {
  const place = await useRuns(t, { ice: 'ice', older: 'older' }, true);
  const run = await place.backup({ object: { storageClass: 'GLACIER' } });
  await place.put('p/older', 'later');
  const planned = await place.restore({ prefix: 'p', run, dryRun: true });
  assert.ok(planned.files.every(({ reason }) => reason?.endsWith('it is archived (GLACIER)')));
  const asking = await place.restore({ prefix: 'p', run });
  assert.deepEqual(endsOf(asking), { 'p/ice': 'requested ARCHIVED', 'p/older': 'requested ARCHIVED' });
  const asked = place.server.requests.filter(({ operation }) => operation === 'RestoreObject');
  assert.ok(asked.length === 2 && asked.every(({ query }) => query.versionId));
  assert.deepEqual((await place.restore({ prefix: 'p', run })).counts.restored, 2);
  assert.deepEqual(place.content(), { ice: 'ice', older: 'older' });
});

test('a run can be restored from a copy of the bucket, with other version ids', async (t) => {
  const place = await useRuns(t, { a: 'a', changed: 'c' }, true);
  const run = await place.backup();
  await place.client.send(new CreateBucketCommand({ Bucket: 'copy-bucket' }));
  for (const Key of ['p/a', 'p/changed', `p/.s3-backup/runs/${run}.ndjson.gz`]) {
    await place.client.send(
      new CopyObjectCommand({ Bucket: 'copy-bucket', Key, CopySource: `${Bucket}/${Key}` }),
    );
  }
  const Key = 'p/changed';
  await place.client.send(new CopyObjectCommand({ Bucket: 'copy-bucket', Key, CopySource: `${Bucket}/p/a` }));
  const warned: string[] = [];
  const none = () => undefined;
  const logger = {
    debug: none,
    info: none,
    error: none,
    warn: (_: object, text: string) => warned.push(text),
  };
  const before = place.server.requests.length;
  const report = await place.restore({ prefix: 'p', run, bucket: 'copy-bucket', logger });
  assert.deepEqual(endsOf(report), { 'p/a': 'restored', 'p/changed': 'failed OBJECT_REPLACED' });
  assert.match(warned.join(), /that run stored in another bucket/);
  assert.ok(place.server.requests.slice(before).every(({ query }) => query.versionId === undefined));
});

test('a missing run, and run together with versionAt, are refused before anything is read', async (t) => {
  const place = await useRuns(t, { a: 'a' });
  const run = await place.backup();
  for (const wanted of ['19990101', '']) {
    await assert.rejects(place.restore({ prefix: 'p', run: wanted }), {
      code: 'RUN_NOT_FOUND',
      hint: /A run stores its manifest .* if `manifest` is true/,
    });
  }
  const before = place.server.requests.length;
  const both = { prefix: 'p', run, versionAt: '2026-11-24', to: join(place.root, 'never made') };
  await assert.rejects(place.restore(both), {
    code: 'BAD_OPTION',
    message: /^run \("\d{8}T.*"\) and versionAt \("2026-11-24"\)/,
  });
  assert.deepEqual([place.server.requests.length, place.content()], [before, {}]);
  await assert.rejects(async () => lstatSync(both.to), { code: 'ENOENT' });
});

test('a manifest that breaks off ends the restore, and says so', async (t) => {
  const place = await useRuns(t, { a: 'a' });
  const run = await place.backup();
  const key = `p/.s3-backup/runs/${run}.ndjson.gz`;
  const header = { s3_backup_manifest: 1, run, bucket: Bucket, prefix: 'p/', entries: 2 };
  const entry = {
    path: 'a',
    key: 'p/a',
    size: 1,
    md5: '0cc175b9c0f1b6a831c399e269772661',
    etag: '0cc175b9c0f1b6a831c399e269772661',
    version_id: null,
    fate: 'kept',
    proof: 'etag-md5',
    code: null,
  };
  await place.put(key, `${JSON.stringify(header)}\n${JSON.stringify(entry)}\n`);
  const report = await place.restore({ prefix: 'p', run });
  assert.deepEqual([report.exit_code, report.error?.code], [1, 'MANIFEST_UNREADABLE']);
  assert.match(report.error?.message ?? '', /it has 1 entries instead of 2/);
  for (const path of ['../outside', '/etc/x', 'a/../../b']) {
    const planted = { ...entry, path, key: `p/${path}` };
    await place.put(key, `${JSON.stringify({ ...header, entries: 1 })}\n${JSON.stringify(planted)}\n`);
    assert.equal(onlyEntry(await place.restore({ prefix: 'p', run })).code, 'UNSAFE_KEY', path);
  }
});
