import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { BackupError, type FileEntry, MemoryEntries } from '../../../src/index.ts';
import { manifestLines } from '../../../src/manifest/manifest.ts';
import { readRunRecord } from '../../../src/manifest/run-record.ts';
import { reportText } from '../../../src/report/write-report.ts';
import { entry, summary } from '../report/entries.ts';

/** A text in pieces of a few bytes, which end anywhere. */
function pieces(bytes: Buffer, size = 7): Readable {
  const all = [];
  for (let at = 0; at < bytes.length; at += size) all.push(bytes.subarray(at, at + size));
  return Readable.from(all);
}

async function pathsOf(bytes: Buffer, size?: number): Promise<(string | null)[]> {
  const { entries, bucket, prefix } = await readRunRecord(pieces(bytes, size), 'it');
  assert.deepEqual([bucket, prefix], ['bucket', 'prefix/']);
  const paths: string[] = [];
  for await (const { path } of entries) paths.push(path);
  return paths;
}

function manifestOf(entries: readonly FileEntry[]): Buffer {
  const skipped = entries.filter(({ fate }) => fate === 'skipped').length;
  const counts = { ...summary().counts, skipped };
  return Buffer.from(
    [...manifestLines('run', { ...summary(), total_files: entries.length, counts }, entries)].join(''),
  );
}

function reportOf(list: readonly FileEntry[]): Buffer {
  const entries = new MemoryEntries();
  for (const one of list) entries.add(one);
  return Buffer.from([...reportText(summary(), entries)].join(''));
}

const fate = fc.constantFrom('deleted', 'kept', 'unchanged', 'skipped', 'failed');
const path = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('  "files": [', '  ]', '[', '{', '\u2028', '\r\n', '"files": []'),
);

test('reports and manifests, compressed or not, are read as they were written, whatever the names', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(path, fate), { maxLength: 12, selector: ([name]) => name }),
      fc.integer({ min: 1, max: 60 }),
      async (list, size) => {
        const all = list.map(([name, end]) => entry(name, end));
        const names = all.map(({ path: name }) => name);
        const kept = all.filter((one) => one.fate !== 'skipped').map(({ path: name }) => name);
        const [report, manifest] = [reportOf(all), manifestOf(all)];
        // A lone surrogate does not survive UTF-8, in a report as anywhere else.
        const readable = (paths: (string | null)[]) => paths.map((one) => Buffer.from(one ?? '').toString());
        assert.deepEqual(readable(await pathsOf(report, size)), readable(names));
        assert.deepEqual(readable(await pathsOf(manifest, size)), readable(kept));
        assert.deepEqual(readable(await pathsOf(gzipSync(manifest), size)), readable(kept));
      },
    ),
    { numRuns: 40 },
  );
});

/** A manifest of one entry in which something is another text. */
function altered(from: string, to: string): Buffer {
  const text = manifestOf([
    entry('a', 'kept', { etag: 'e', md5: 'a'.repeat(32), mode: '100644' }),
  ]).toString();
  assert.ok(text.includes(from), from);
  return Buffer.from(text.replace(from, to));
}

const MANIFEST = manifestOf([entry('a', 'kept'), entry('b', 'kept')]);
const REPORT = reportOf([entry('a', 'kept'), entry('b', 'kept')]);
const unusable: Record<string, [Buffer, RegExp]> = {
  nothing: [Buffer.alloc(0), /it is empty/],
  'another JSON': [Buffer.from('[1]\n'), /neither a manifest nor a report/],
  'another text': [Buffer.from('hello\nworld\n'), /neither a manifest nor a report/],
  'a manifest without its last line': [
    MANIFEST.subarray(0, MANIFEST.lastIndexOf('\n', -2) + 1),
    /1 entries instead of 2/,
  ],
  'a manifest that breaks off within a line': [MANIFEST.subarray(0, -5), /breaks off within a line/],
  'a compressed manifest that breaks off': [gzipSync(MANIFEST).subarray(0, -9), /unexpected end/],
  'a manifest with a line too many': [
    Buffer.concat([MANIFEST, Buffer.from('{"path":1}\n')]),
    /an entry a line/,
  ],
  'a report that breaks off': [
    REPORT.subarray(0, REPORT.indexOf('\n', REPORT.indexOf('"path"')) + 1),
    /as s3-backup has written/,
  ],
  'a report in another form': [
    Buffer.from(`${JSON.stringify(JSON.parse(REPORT.toString()), null, 2)}\n`),
    /as s3-backup has written/,
  ],
  'a report in one line': [
    Buffer.from(`${JSON.stringify(JSON.parse(REPORT.toString()))}\n`),
    /neither a manifest nor a report/,
  ],
  'the report of a dry run': [
    Buffer.from(REPORT.toString().replace('"dry_run": false', '"dry_run": true')),
    /dry run/,
  ],
  'a line without an end': [Buffer.concat([MANIFEST, Buffer.alloc(200_000, 'x')]), /breaks off/],
  'a line of enormous length': [
    Buffer.concat([MANIFEST, Buffer.from(`{"path":"${'x'.repeat(9_000_000)}"}\n`)]),
    /a line is too long/,
  ],
  'a compressed line of enormous length': [gzipSync(Buffer.alloc(300_000_000, ' ')), /a line is too long/],
  'a report whose head never ends': [
    Buffer.from(`{\n${'  "x": 1,\n'.repeat(100_000)}`),
    /as s3-backup has written/,
  ],
  'a manifest with more entries than it says': [
    Buffer.concat([MANIFEST, manifestOf([entry('c', 'kept')]).subarray(manifestOf([]).length)]),
    /more than 2 entries/,
  ],
  'a manifest of a later version': [
    altered('"s3_backup_manifest":1', '"s3_backup_manifest":2'),
    /its format is version 2, and this program reads version 1/,
  ],
  'a manifest whose version is a text': [
    altered('"s3_backup_manifest":1', '"s3_backup_manifest":"1"'),
    /neither a manifest nor a report/,
  ],
  'a report of a later version': [
    Buffer.from(REPORT.toString().replace('"schema_version": 1', '"schema_version": 7')),
    /its format is version 7, and this program reads version 1/,
  ],
  'a manifest of a later version with other fields': [
    Buffer.from('{"s3_backup_manifest":3,"tool_version":"9.1.0","shards":["a"]}\n'),
    /its format is version 3, and this program reads version 1; it was written by s3-backup 9\.1\.0, and this is /,
  ],
  'a report of a later version in one line': [
    Buffer.from('{"schema_version":2,"files":[]}\n'),
    /its format is version 2, and this program reads version 1/,
  ],
  'a manifest of a later program with a code that is not known here': [
    Buffer.from(
      altered('"code":null', '"code":"LATER"')
        .toString()
        .replace(/"tool_version":"[^"]*"/, '"tool_version":"9.1.0"'),
    ),
    /entry 1: its "code" is "LATER"; it was written by s3-backup 9\.1\.0, and this is /,
  ],
  'a size that is a text': [altered('"size":1', '"size":"1"'), /entry 1: its "size" is "1"/],
  'a prefix with half of a character': [
    altered('"prefix":"prefix/"', '"prefix":"\\ud800/"'),
    /its "prefix" is "\\ud800\/"/,
  ],
  'a bucket with half of a character': [
    altered('"bucket":"bucket"', '"bucket":"\\udfff"'),
    /its "bucket" is/,
  ],
  'a manifest whose prefix is a number': [altered('"prefix":"prefix/"', '"prefix":7'), /its "prefix" is 7/],
  'a manifest whose bucket is missing': [altered('"bucket":"bucket",', ''), /its "bucket" is missing/],
  'a manifest of -1 entries': [altered('"entries":1', '"entries":-1'), /its "entries" is -1/],
  'a manifest of 1e400 entries': [altered('"entries":1', '"entries":1e400'), /its "entries" is Infinity/],
  'a negative size': [altered('"size":1', '"size":-1'), /entry 1: its "size" is -1/],
  'a size of 1e400': [altered('"size":1', '"size":1e400'), /its "size" is Infinity/],
  'a size that is no integer': [altered('"size":1', '"size":1.5'), /its "size" is 1\.5/],
  'a size above what is exact': [altered('"size":1', '"size":9007199254740993'), /its "size" is 900719/],
  'a size that is no JSON': [altered('"size":1', '"size":NaN'), /an entry a line, not/],
  'a size that is missing': [altered('"size":1,', ''), /its "size" is missing/],
  'a size of a prototype': [altered('"size":1,', '"__proto__":{"size":1},'), /its "size" is missing/],
  'a path that is missing': [altered('"path":"a",', ''), /its "path" is missing/],
  'a path that is a list': [altered('"path":"a"', '"path":["a"]'), /its "path" is \["a"\]/],
  'an unknown proof': [altered('"etag-md5"', '"trust-me"'), /its "proof" is "trust-me"/],
  'an unknown fate': [altered('"kept"', '"\\u001b[2J"'), /its "fate" is "\\u001b\[2J"/],
  'an unknown code': [altered('"code":null', '"code":"toString"'), /its "code" is "toString"/],
  'an MD5 that is none': [altered('a'.repeat(32), 'A'.repeat(32)), /its "md5" is "AAAA/],
  'an ETag with a line end': [altered('"etag":"e"', '"etag":"e\\r\\nx-amz: y"'), /its "etag" is "e\\r\\nx/],
  'an ETag of enormous length': [altered('"etag":"e"', `"etag":"${'e'.repeat(5000)}"`), /its "etag" is "eee/],
  'a mode that is no octal number': [altered('"100644"', '"rwx"'), /its "mode" is "rwx"/],
  'a time that is none': [altered('"mtime":null', '"mtime":"now"'), /its "mtime" is "now"/],
  'a key of another prefix': [
    altered('"prefix/a"', '"secret/a"'),
    /entry 1: its key "secret\/a" is not the prefix and the path/,
  ],
  'a key of another path': [altered('"prefix/a"', '"prefix/b"'), /its key "prefix\/b" is not/],
  'a key with a lone surrogate': [
    Buffer.from(
      altered('"prefix/a"', '"prefix/\\ud800"').toString().replace('"path":"a"', '"path":"\\ud800"'),
    ),
    /its path is no text in Unicode/,
  ],
  'two entries of one object': [
    manifestOf([entry('a', 'kept', { etag: 'e' }), entry('b', 'kept'), entry('a', 'kept', { etag: 'f' })]),
    /entry 3: it is the second of "a"/,
  ],
  'two entries of one object in a report': [
    reportOf([entry('a', 'kept', { etag: 'e' }), entry('a', 'deleted', { etag: 'e' })]),
    /entry 2: it is the second of "a"/,
  ],
  'a report whose keys are elsewhere': [
    Buffer.from(REPORT.toString().replaceAll('prefix/b', 'elsewhere/b')),
    /its key "elsewhere\/b" is not/,
  ],
  'the report of a restore': [
    Buffer.from(REPORT.toString().replaceAll('"fate":"kept"', '"fate":"restored"')),
    /its "fate" is "restored"/,
  ],
};
for (const [what, [bytes, why]] of Object.entries(unusable)) {
  test(`${what} is refused instead of being taken for all there is`, { timeout: 60_000 }, async () => {
    await assert.rejects(pathsOf(bytes, bytes.length > 1_000_000 ? 8_000_000 : 1000), (error) => {
      assert.ok(error instanceof BackupError);
      assert.equal(error.code, 'MANIFEST_UNREADABLE');
      assert.match(error.message, why);
      assert.ok(error.message.length < 500);
      return true;
    });
  });
}

test('files that were not stored may appear twice, and need not be valid Unicode', async () => {
  const list = [
    entry('a', 'kept', { etag: 'e' }),
    entry('a', 'skipped', { code: 'DUPLICATE' }),
    entry('\ud800', 'failed', { key: null, code: 'NAME_NOT_UTF8' }),
    entry('\ufffd', 'failed', { key: null, code: 'NAME_NOT_UTF8' }),
    entry('\ufffd', 'failed', { key: null, code: 'NAME_NOT_UTF8' }),
  ];
  assert.equal((await pathsOf(reportOf(list))).length, 5);
  assert.equal((await pathsOf(manifestOf(list))).length, 4);
});

test('a link that is stored as itself has a key of its own form', async () => {
  const link = entry('a', 'kept', { key: 'prefix/a.rclonelink', etag: 'e' });
  assert.deepEqual(await pathsOf(manifestOf([link, entry('a', 'kept', { etag: 'f' })])), ['a', 'a']);
});

test('fields of a later version are ignored', async () => {
  assert.deepEqual(await pathsOf(altered('"size":1', '"size":1,"colour":"red"')), ['a']);
});

test('a damaged manifest or report is read as far as it is valid, or refused', async () => {
  const sound = [MANIFEST, REPORT, gzipSync(MANIFEST), altered('"size":1', '"size":7')];
  const damage = fc.record({
    of: fc.constantFrom(...sound),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.nat(30),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc
        .constantFrom('1e400', '-1', '"', '}\n{', '\\ud800', '[[[', 'null', '\n')
        .map((text) => Buffer.from(text)),
    ),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ of, at, removed, put }) => {
      const start = Math.floor(at * of.length);
      const bytes = Buffer.concat([of.subarray(0, start), put, of.subarray(start + removed)]);
      try {
        const { entries, prefix } = await readRunRecord(pieces(bytes), 'it');
        for await (const { path: name, key, size } of entries) {
          assert.ok(key === null || key === prefix + name || key === `${prefix}${name}.rclonelink`);
          assert.ok(size === null || (Number.isSafeInteger(size) && size >= 0));
        }
      } catch (error) {
        assert.ok(error instanceof BackupError, String(error));
        assert.equal(error.code, 'MANIFEST_UNREADABLE');
      }
    }),
    { numRuns: 500 },
  );
});
