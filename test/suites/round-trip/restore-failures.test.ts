import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { RestoreReport } from '../../../src/index.ts';
import type { FaultAction } from '../../../src/s3-server/index.ts';
import { endsOf, onlyEntry, type RestorePlace, useRestorePlace } from '../../support/restore.ts';
import { MIB } from '../../support/run.ts';
import { bytesOfLength } from '../contract/support/source.ts';

const ALWAYS = Number.POSITIVE_INFINITY;
const LARGE = 16 * MIB + 7;

function fault(place: RestorePlace, action: FaultAction, more: { times?: number; skip?: number } = {}): void {
  place.server.faults.plan({ operation: 'GetObject', do: action, ...more });
}

for (const transport of ['auto', 'sdk'] as const) {
  for (const size of [1_000, LARGE]) {
    test(`answers that break off are asked for again: ${size} bytes (${transport})`, async (t) => {
      const place = await useRestorePlace(t);
      const bytes = bytesOfLength(size);
      await place.put('file', bytes);
      fault(place, { kind: 'reset-response', afterBytes: 500 });
      fault(place, { kind: 'lost-answer' });
      fault(place, { kind: 'error', status: 503, code: 'SlowDown' });
      fault(place, { kind: 'html-200' });
      const report = await place.restore({ maxAttempts: 5, transport });
      assert.deepEqual([endsOf(report), report.exit_code], [{ file: 'restored' }, 0]);
      assert.ok(readFileSync(place.path('file')).equals(bytes));
    });
  }

  test(`an object that cannot be read fails alone, and a later run resumes it (${transport})`, async (t) => {
    const place = await useRestorePlace(t);
    await place.put('small', 'content');
    const bytes = bytesOfLength(LARGE);
    await place.put('large', bytes);
    await place.put('other', 'content');
    const error = { kind: 'error', status: 500, code: 'InternalError' } as const;
    place.server.faults.plan({ operation: 'GetObject', key: 'small', times: ALWAYS, do: error });
    place.server.faults.plan({ operation: 'GetObject', key: 'large', skip: 1, times: ALWAYS, do: error });
    const report = await place.restore({ maxAttempts: 2, transport });
    assert.deepEqual(endsOf(report), {
      small: 'failed DOWNLOAD_FAILED',
      large: 'failed DOWNLOAD_FAILED',
      other: 'restored',
    });
    assert.equal(report.exit_code, 2);
    assert.deepEqual([existsSync(place.path('small')), existsSync(place.path('large'))], [false, false]);

    place.server.faults.clear();
    const before = place.server.requests.length;
    const later = await place.restore({ transport });
    assert.deepEqual(endsOf(later), { small: 'restored', large: 'restored', other: 'unchanged' });
    const ranges = place.server.requests
      .slice(before)
      .flatMap(({ key, headers }) => (key === 'large' && headers.range) || []);
    assert.deepEqual(ranges.sort(), [`bytes=${16 * MIB}-${LARGE - 1}`, `bytes=${8 * MIB}-${16 * MIB - 1}`]);
    assert.ok(readFileSync(place.path('large')).equals(bytes));
    assert.deepEqual(Object.keys(place.content()).sort(), ['large', 'other', 'small']);
  });
}

for (const size of [1_000, LARGE]) {
  test(`other bytes than S3 has a digest of never get the name: ${size} bytes`, async (t) => {
    const place = await useRestorePlace(t);
    place.server.faults.plan({ operation: 'PutObject', do: { kind: 'flip-byte' } });
    await place.put('file', bytesOfLength(size));
    const report = await place.restore();
    assert.deepEqual([endsOf(report), report.exit_code], [{ file: 'failed CONTENT_DIFFERS' }, 2]);
    assert.deepEqual(place.content(), {});

    const taken = await place.restore({ requireProof: false });
    assert.deepEqual([endsOf(taken), taken.exit_code], [{ file: 'restored NOT_PROVED' }, 0]);
    assert.equal(onlyEntry(taken).proof, null);
  });

  test(`a checksum of the whole that differs is never accepted: ${size} bytes`, async (t) => {
    const place = await useRestorePlace(t);
    const bytes = bytesOfLength(size);
    place.server.faults.plan({ operation: 'PutObject', do: { kind: 'flip-byte' } });
    const checksum = { ChecksumCRC32: crc32Of(bytes), ServerSideEncryption: 'aws:kms' } as const;
    await place.put('file', bytes, checksum);
    const report = await place.restore({ requireProof: false });
    assert.deepEqual(endsOf(report), { file: 'failed CONTENT_DIFFERS' });
    assert.deepEqual(place.content(), {});
  });
}

test('a checksum proves if the ETag does not; without both a file is restored as unproved', async (t) => {
  const place = await useRestorePlace(t);
  const large = bytesOfLength(LARGE);
  const kms = { ServerSideEncryption: 'aws:kms' } as const;
  await place.put('checksum', 'content', { ...kms, ChecksumCRC32: crc32Of('content') });
  await place.put('large', large, { ...kms, ChecksumCRC32: crc32Of(large) });
  await place.put('nothing', 'content', kms);
  const report = await place.restore();
  const proofs = Object.fromEntries(report.files.map(({ key, proof, code }) => [key, proof ?? code]));
  assert.deepEqual(proofs, { checksum: 'checksum', large: 'checksum', nothing: 'NOT_PROVED' });
  assert.deepEqual([report.exit_code, report.incomplete_files], [2, 1]);
  assert.equal(place.content().nothing, 'content');
});

for (const size of [1_000, LARGE]) {
  test(`an object that is overwritten while it is read is read again: ${size} bytes`, async (t) => {
    const place = await useRestorePlace(t);
    await place.put('file', bytesOfLength(size));
    const newer = Buffer.alloc(size + 5, 'newer');
    const run = () => place.put('file', newer);
    fault(place, { kind: 'call', run }, { skip: size === LARGE ? 1 : 0 });
    const report = await place.restore();
    assert.deepEqual([endsOf(report), report.exit_code], [{ file: 'restored' }, 0]);
    assert.equal(onlyEntry(report).etag, createHash('md5').update(newer).digest('hex'));
    assert.ok(readFileSync(place.path('file')).equals(newer));
    assert.deepEqual(Object.keys(place.content()), ['file']);
  });

  test(`an object that is overwritten again and again fails: ${size} bytes`, async (t) => {
    const place = await useRestorePlace(t);
    await place.put('file', bytesOfLength(size));
    let round = 0;
    const run = () => {
      round += 1;
      return place.put('file', Buffer.alloc(size, `${round}`));
    };
    fault(place, { kind: 'call', run }, { times: ALWAYS });
    assert.deepEqual(endsOf(await place.restore()), { file: 'failed OBJECT_CHANGED' });
    assert.deepEqual(place.content(), {});
  });
}

test('an object that is deleted meanwhile is NOT_FOUND', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('file', 'content');
  fault(place, { kind: 'error', status: 404, code: 'NoSuchKey' });
  assert.deepEqual(endsOf(await place.restore()), { file: 'failed NOT_FOUND' });
});

test('a store that is lost on the way ends the run', async (t) => {
  const place = await useRestorePlace(t);
  for (let n = 0; n < 30; n += 1) await place.put(`file ${n}`, 'content');
  fault(place, { kind: 'error', status: 400, code: 'ExpiredToken' }, { skip: 3, times: ALWAYS });
  const report = await place.restore({ concurrency: 1 });
  assert.deepEqual([report.error?.code, report.exit_code], ['EXPIRED_TOKEN', 1]);
  assert.ok(report.counts.restored >= 3 && report.counts.restored < 30);
});

test('a listing that breaks off ends the run with what was restored so far', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('file', 'content');
  place.server.faults.plan({
    operation: 'ListObjectsV2',
    skip: 1,
    times: ALWAYS,
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  const report = await place.restore();
  assert.deepEqual([report.error?.code, report.exit_code], ['BUCKET_FORBIDDEN', 1]);
});

test("an error of the caller's callback stops the restore in order", async (t) => {
  const place = await useRestorePlace(t);
  const keys = Array.from({ length: 50 }, (_, n) => `file-${n}`);
  for (const key of keys) await place.put(key, key);
  let entries = 0;
  const onEntry = () => {
    entries += 1;
    if (entries === 10) throw new Error('mine');
  };
  const report = await place.restore({ onEntry });
  assert.deepEqual([report.error, report.exit_code], [{ code: 'INTERNAL', message: 'mine' }, 1]);
  assert.equal(report.counts.restored, Object.keys(place.content()).length);
  assert.ok(report.counts.restored >= 9);
});

test('wrong options are refused before anything is touched', async (t) => {
  const place = await useRestorePlace(t);
  const wrong = [
    { bucket: '' },
    { bucket: 'name--use1-az4--x-s3' },
    { to: '' },
    { archiveDays: 0 },
    { archiveDays: Number.NaN },
    { archiveTier: 'Fast' as 'Bulk' },
    { concurrency: 0 },
    { pattern: '../x' },
    { versionAt: 'yesterday' },
  ];
  for (const more of wrong) {
    await assert.rejects(
      place.restore(more),
      { name: 'BackupError', code: 'BAD_OPTION' },
      JSON.stringify(more),
    );
  }
  assert.equal(place.server.requests.length, 0);
  assert.equal(existsSync(place.to), false);
  await assert.rejects(place.restore({ to: '/dev/null' }), { code: 'TARGET_NOT_A_FOLDER' });
  await assert.rejects(place.restore({ to: '/dev/null/x' }), { code: 'TARGET_NOT_A_FOLDER' });
  await assert.rejects(place.restore({ to: '/proc/x' }), { code: 'TARGET_UNUSABLE' });
});

test('a restore that restored nothing removes the folders that it made, and no others', async (t) => {
  const place = await useRestorePlace(t);
  const to = join(place.root, 'a', 'b');
  await assert.rejects(place.restore({ to, bucket: 'no-such-bucket' }), { code: 'BUCKET_NOT_FOUND' });
  assert.equal(existsSync(join(place.root, 'a')), false);

  mkdirSync(join(place.root, 'a'));
  await assert.rejects(place.restore({ to, bucket: 'no-such-bucket' }), { code: 'BUCKET_NOT_FOUND' });
  assert.deepEqual(readdirSync(join(place.root, 'a')), []);

  await place.put('file', 'content');
  fault(place, { kind: 'error', status: 403, code: 'AccessDenied' });
  assert.equal((await place.restore({ to })).exit_code, 2);
  assert.deepEqual(readdirSync(join(place.root, 'a')), []);
  assert.equal((await place.restore({ to })).exit_code, 0);
  assert.deepEqual(readdirSync(to), ['file']);
});

test('a restore makes the target folder again if the one that it waited for has removed it', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('file', 'content');
  const second: Promise<RestoreReport>[] = [];
  const run = () => {
    second.push(place.restore({ waitSeconds: 10 }));
  };
  place.server.faults.plan({ operation: 'ListObjectsV2', do: { kind: 'call', run } });
  await assert.rejects(place.restore({ bucket: 'no-such-bucket' }), { code: 'BUCKET_NOT_FOUND' });
  assert.deepEqual((await Promise.all(second)).map(endsOf), [{ file: 'restored' }]);
});

test('one restore at a time works on a folder', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('file', 'content');
  const second: Promise<unknown>[] = [];
  const run = async () => {
    second.push(assert.rejects(place.restore(), { code: 'LOCKED' }));
    await second[0];
  };
  fault(place, { kind: 'call', run });
  assert.equal((await place.restore()).exit_code, 0);
  assert.equal(second.length, 1);
  await Promise.all(second);
});

/** As S3 writes it. */
function crc32Of(content: string | Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(content));
  return bytes.toString('base64');
}
