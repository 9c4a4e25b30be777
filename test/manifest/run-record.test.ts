import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type FileEntry, MemoryEntries } from '../../src/index.ts';
import { manifestLines } from '../../src/manifest/manifest.ts';
import { readRunRecord } from '../../src/manifest/run-record.ts';
import { reportText } from '../../src/report/write-report.ts';
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
      fc.array(fc.tuple(path, fate), { maxLength: 12 }),
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
};
for (const [what, [bytes, why]] of Object.entries(unusable)) {
  test(`${what} is refused instead of being taken for all there is`, async () => {
    await assert.rejects(pathsOf(bytes, 1000), {
      name: 'BackupError',
      code: 'MANIFEST_UNREADABLE',
      message: why,
    });
  });
}
