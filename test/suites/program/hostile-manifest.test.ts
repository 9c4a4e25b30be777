/** What somebody who may write to the bucket puts in the place of a manifest, or hands out as a report. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { PREFIX, useBackedUp } from '../../support/backed-up.ts';
import { TEST_BUCKET as Bucket } from '../../support/s3-server.ts';

const RUN = '20261130T021500Z-1a2b3c4d';
const KEY = `.s3-backup/runs/${RUN}.ndjson.gz`;
const HEAD = {
  s3_backup_manifest: 1,
  run: RUN,
  tool_version: '0.1.0',
  start_time: '2026-11-30T02:15:00.000Z',
  end_time: '2026-11-30T02:15:01.000Z',
  source: '/srv',
  bucket: 'test-bucket',
  prefix: PREFIX,
  interrupted: false,
  error: null,
  entries: 1,
};
const ENTRY = {
  path: 'a.txt',
  key: `${PREFIX}a.txt`,
  size: 1,
  mtime: null,
  mode: null,
  md5: '0cc175b9c0f1b6a831c399e269772661',
  etag: '0cc175b9c0f1b6a831c399e269772661',
  version_id: null,
  fate: 'kept',
  proof: 'etag-md5',
  code: null,
};
/** Clears the screen, as every terminal knows it, and as some do in one byte; a right-to-left override; a line end. */
const EVIL = '\u001b[2J\u009b2J\u202e\nforged: all is well';
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** A bucket with one file below the prefix and another elsewhere, and a manifest that says something else. */
async function useManifest(t: TestContext, manifest: string | Buffer) {
  const place = await useBackedUp(t, { 'a.txt': 'a' });
  await place.client.send(new PutObjectCommand({ Bucket, Key: 'secret/a.txt', Body: 'a' }));
  await place.put(KEY, gzipSync(manifest));
  place.workplace.write('record', manifest);
  return place;
}

/** Every way in which a manifest or a report is read. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  'restore --run': ['restore', '--to', 'back', '--run', RUN, '--output-json', 'report.json'],
  'verify --run': ['verify', '--run', 'latest'],
  'verify --against': ['verify', '--against', 'record'],
};

const BAD: Readonly<Record<string, string | Buffer>> = {
  'a size of 1e400': lines(HEAD, ENTRY).replace('"size":1', '"size":1e400'),
  'a negative size': lines(HEAD, { ...ENTRY, size: -1 }),
  'a proof that is none': lines(HEAD, { ...ENTRY, proof: EVIL }),
  'a code that is none': lines(HEAD, { ...ENTRY, code: EVIL }),
  'a key of another prefix': lines(HEAD, { ...ENTRY, key: 'secret/a.txt' }),
  'an ETag with a header in it': lines(HEAD, { ...ENTRY, etag: 'x\r\nx-amz-acl: public-read' }),
  'a lone surrogate': lines(HEAD, { ...ENTRY, path: '\ud800', key: `${PREFIX}\ud800` }),
  'one object twice': lines({ ...HEAD, entries: 2 }, ENTRY, ENTRY),
  'half of a character in its prefix': lines(
    { ...HEAD, prefix: '\ud800/' },
    { ...ENTRY, key: '\ud800/a.txt' },
  ),
  'a key that is a number': lines(HEAD, { ...ENTRY, key: 7 }),
  'a size that is a text': lines(HEAD, { ...ENTRY, size: '1' }),
  'a later version': lines({ s3_backup_manifest: 2, tool_version: `9${EVIL}` }),
  'a missing field': lines(HEAD, { ...ENTRY, etag: undefined }),
  'another version': lines({ ...HEAD, s3_backup_manifest: 2 }, ENTRY),
  'a bucket that is a list': lines({ ...HEAD, bucket: [EVIL] }, ENTRY),
  'a path that is no text': lines(HEAD, { ...ENTRY, path: { toString: EVIL } }),
  'a line that is none': `${lines(HEAD)}${EVIL}\n`,
  'a line without an end': `${lines(HEAD)}${'x'.repeat(10_000_000)}`,
  'a hundred megabytes of spaces': Buffer.alloc(100_000_000, ' '),
};

describe('a manifest of a stranger', { concurrency: 2 }, () => {
  for (const [what, manifest] of Object.entries(BAD)) {
    it(`with ${what} ends every command with one line and exit code 1`, { timeout: 600_000 }, async (t) => {
      const { run, workplace, server } = await useManifest(t, manifest);
      for (const [way, argv] of Object.entries(WAYS)) {
        const { code, stdout, stderr } = await run(argv);
        assert.equal(code, 1, way);
        const said = stderr.split('\n').filter((line) => line.includes('[MANIFEST_UNREADABLE]'));
        assert.equal(said.length, 1, `${way}: ${stderr}`);
        assert.doesNotMatch(stderr, /internal error/);
        assert.doesNotMatch((stdout + stderr).replaceAll('\n', ''), CONTROL, way);
        assert.ok((said[0] ?? '').length < 600);
      }
      const back = join(workplace.cwd, 'back');
      assert.deepEqual(existsSync(back) ? readdirSync(back) : [], []);
      const asked = server.requests.filter(({ method }) => method !== 'PUT');
      const elsewhere = asked.filter(({ key, query }) => JSON.stringify([key, query]).includes('secret'));
      assert.deepEqual(elsewhere, []);
      assert.equal(JSON.parse(workplace.read('report.json')).error.code, 'MANIFEST_UNREADABLE');
    });
  }

  it('that names another prefix is not restored, whatever its keys', async (t) => {
    const manifest = lines({ ...HEAD, prefix: 'secret/' }, { ...ENTRY, key: 'secret/a.txt' });
    const { run, workplace } = await useManifest(t, manifest);
    for (const way of ['restore --run', 'verify --run']) {
      const { code, stderr } = await run(WAYS[way] ?? []);
      assert.equal(code, 1);
      assert.match(stderr, /it is about the prefix "secret\/", not "office\/"\. \[MANIFEST_UNREADABLE\]/);
    }
    assert.equal(existsSync(join(workplace.cwd, 'back/a.txt')), false);
  });

  it('that belongs to another run is not used for this one', async (t) => {
    const { run } = await useManifest(t, lines({ ...HEAD, run: '20200101T000000Z-00000000' }, ENTRY));
    const { code, stderr } = await run(WAYS['restore --run'] ?? []);
    assert.equal(code, 1);
    assert.match(stderr, /it is that of run 20200101T000000Z-00000000/);
  });

  it('that names another prefix is compared if it was named, with a note', async (t) => {
    const record = lines({ ...HEAD, prefix: `x${EVIL}/` }, { ...ENTRY, key: `x${EVIL}/a.txt` });
    const { run } = await useManifest(t, record);
    const { code, stdout, stderr } = await run(['verify', '--against', 'record', '--verbose']);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^s3-backup: the record is of the prefix "x.*"; that is compared, not the prefix office\/\n/,
    );
    assert.match(stdout, /0 of 1 file matches "s3:\/\/test-bucket\/x.*"\n/);
    assert.doesNotMatch((stdout + stderr).replaceAll('\n', ''), CONTROL);
  });

  it('shows names, buckets and reasons without control sequences', async (t) => {
    const path = `b${EVIL}.txt`;
    const entries = [
      ENTRY,
      { ...ENTRY, path, key: PREFIX + path, etag: 'x'.repeat(32), md5: null },
      { ...ENTRY, path: `c${EVIL}`, key: null, proof: null, fate: 'failed', code: 'UPLOAD_FAILED' },
    ];
    const record = lines({ ...HEAD, bucket: `b${EVIL}`, entries: 3, source: EVIL }, ...entries);
    const { run, put } = await useManifest(t, record);
    await put(path, 'b');
    const ways = [
      ['restore', '--to', 'back', '--run', RUN],
      ['restore', '--to', 'dry', '--run', RUN, '--dry-run'],
      ['restore', '--to', 'json', '--run', RUN, '--output-json', '-'],
      ['verify', '--run', RUN, '--verbose'],
      ['verify', '--against', 'record', '--json'],
      ['ls'],
      ['ls', '--long'],
      ['ls', '--json'],
      ['runs'],
      ['runs', '--json'],
    ];
    for (const argv of ways) {
      for (const terminal of [false, true]) {
        const { stdout, stderr } = await run(argv, { terminal });
        assert.doesNotMatch((stdout + stderr).replaceAll('\n', ''), CONTROL, argv.join(' '));
        assert.doesNotMatch(stdout + stderr, /^forged/m);
      }
    }
  });
});
