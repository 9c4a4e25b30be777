import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readReport } from '../../../src/report-page/read-report.ts';
import { writtenReport } from '../../support/page-report.ts';
import { entry } from '../report/entries.ts';

async function* bytesOf(text: string): AsyncGenerator<Uint8Array, void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
}

const read = (text: string) => readReport(bytesOf(text), 'r.json');

const ENTRIES = [
  entry('a/one', 'kept', { size: 10, attempts: 3, seconds: 2 }),
  entry('a/two', 'failed', { size: 20, attempts: 5 }),
  entry('b/three', 'skipped', { size: null, code: 'EXCLUDED', reason: 'a pattern', attempts: 0 }),
  entry('b/four', 'unchanged', {
    size: 5,
    proof: null,
    code: 'SIZE_AND_TIME',
    reason: 'same',
    attempts: 0,
    seconds: null,
  }),
  entry('b/five', 'kept', { size: 7, proof: 'etag-parts', resumed_bytes: 4, seconds: 9 }),
];

test('a report is read into the counts that it has, and the rest of what a page shows', async () => {
  const { head, collected } = await read(writtenReport(ENTRIES));
  assert.deepEqual(head.counts, { deleted: 0, kept: 2, unchanged: 1, skipped: 1, failed: 1 });
  assert.deepEqual(head.bytes, { deleted: 0, kept: 17, unchanged: 5, skipped: 0, failed: 20 });
  assert.deepEqual(collected.retries, { files: 2, times: 6 });
  assert.deepEqual(collected.resumed, { files: 1, bytes: 4 });
  assert.deepEqual(Object.fromEntries(collected.proofs), {
    'etag-md5': { files: 1, bytes: 10 },
    none: { files: 1, bytes: 5 },
    'etag-parts': { files: 1, bytes: 7 },
  });
  const paths = (list: readonly { path: string }[]) => list.map(({ path }) => path);
  assert.deepEqual(paths(collected.slowest.list), ['b/five', 'a/one']);
  assert.deepEqual(paths(collected.largest.list), ['a/two', 'a/one', 'b/five', 'b/four']);
  assert.deepEqual(paths(collected.worst.list), ['a/two', 'a/one', 'b/five', 'b/four', 'b/three']);
});

test('a report of a version that recorded no times is read, too', async () => {
  const old = writtenReport(ENTRIES)
    .replace(/,"seconds":[^}]*/g, '')
    .replace(/ {2}"timeline": .*\n/, '');
  assert.doesNotMatch(old, /seconds":(?! \d)|timeline/);
  const { head, collected } = await read(old);
  assert.equal(head.timeline, undefined);
  assert.deepEqual(collected.slowest.list, []);
});

const good = writtenReport(ENTRIES);
const BAD: readonly (readonly [title: string, text: string, message: RegExp])[] = [
  ['an empty file', '', /^r\.json cannot be used: it is empty\.$/],
  ['text', 'hello\n', /it is no report of s3-backup/],
  ['JSON of something else', '{"a": 1}\n', /it is no report of s3-backup/],
  ['JSON of something else with a field a line', '{\n  "a": 1\n}\n', /it is no report of s3-backup/],
  ['a manifest', '{"s3_backup_manifest":1,"run":"x"}\n', /it is a manifest, which does not say/],
  [
    'a report on one line',
    `${JSON.stringify(JSON.parse(good))}\n`,
    /not as s3-backup has written it, an entry a line/,
  ],
  [
    'a reformatted report',
    `${JSON.stringify(JSON.parse(good), null, 2)}\n`,
    /an entry a line: its "counts" is missing/,
  ],
  [
    'a later version',
    good.replace('"schema_version": 1', '"schema_version": 2'),
    /its schema_version is 2; this program reads version 1/,
  ],
  ['a report cut within a line', good.slice(0, -200), /it breaks off within a line/],
  [
    'a report cut at the end of a line',
    `${good.split('\n').slice(0, -4).join('\n')}\n`,
    /it breaks off after entry 4/,
  ],
  ['a size that is none', good.replace('"size":20', '"size":-1'), /entry 2: its "size" is -1/],
  [
    'a count that is none',
    good.replace('"total_files": 5', '"total_files": "5"'),
    /its "total_files" is "5"/,
  ],
  [
    'counts that are not those of its entries',
    good.replace('"size":20', '"size":21'),
    /it has 5 entries, and they do not add up to its counts \(failed\)/,
  ],
];

for (const [title, text, message] of BAD) {
  test(`${title} is refused with what it is, and where`, async () => {
    await assert.rejects(read(text), (error: Error & { code: string }) => {
      assert.equal(error.code, 'REPORT_UNREADABLE');
      assert.match(error.message, message);
      return true;
    });
  });
}

test('what a page shows stays bounded, however many files, codes, reasons and folders a report has', async () => {
  const { PageCollector } = await import('../../../src/report-page/collect.ts');
  const { kindOf } = await import('../../../src/report-page/kinds.ts');
  const collected = new PageCollector(kindOf({}));
  for (let at = 0; at < 50_000; at += 1) {
    const path = `folder-${at}/file`;
    const code = `CODE_${at % 1_000}`;
    collected.add(entry(path, 'failed', { size: at, code: code as 'EXCLUDED', reason: `reason ${at}` }));
  }
  assert.equal(collected.worst.list.length, 10_000);
  assert.equal(collected.largest.list.length, 20);
  assert.equal(collected.causes.list.length, 200);
  assert.ok(collected.causes.list.every(({ reasons }) => reasons.size <= 50));
});
