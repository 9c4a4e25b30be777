import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { type ProgressWords, progressLine } from '../../../../src/cli/output/progress-line.ts';
import type { ProgressView } from '../../../../src/cli/output/progress-meter.ts';

const GB = 1e9;
const FILES: ProgressWords = { items: ['file', 'files'], moved: 'sent' };

function viewOf(more: Partial<ProgressView> = {}): ProgressView {
  return {
    files: 412,
    failed: 0,
    leftOut: 0,
    isAway: false,
    doneBytes: 1.3 * GB,
    total: { files: 5000, bytes: 20.4 * GB, isComplete: true },
    share: 0.0637,
    movedBytes: 1.3 * GB,
    isAllMoved: true,
    rates: { bytes: 11_300_000, files: 3.5 },
    secondsLeft: 1690,
    inWork: [],
    ...more,
  };
}

const fileOf = (path: string, size = 10, doneBytes = 0) => ({ path, size, doneBytes });

test('at 200 columns all facts are there, with the files in upload', () => {
  const inWork = [
    fileOf('videos/2025/summer.mp4', 4 * GB, 1.8 * GB),
    fileOf('a.txt'),
    fileOf('b'),
    fileOf('c'),
  ];
  assert.equal(
    progressLine(viewOf({ failed: 2, leftOut: 7, inWork }), FILES, 200),
    '412 of 5000 files · 6% · 1.3 GB of 20.4 GB sent · 11.3 MB/s · 28m left · 2 failed · 7 skipped · videos/2025/summer.mp4 45%, a.txt +2',
  );
});

test('at 80 columns the names give way first, then what was sent', () => {
  assert.equal(
    progressLine(viewOf({ inWork: [fileOf('a long name of a file that is in upload')] }), FILES, 80),
    '412 of 5000 files · 6% · 1.3 GB of 20.4 GB sent · 11.3 MB/s · 28m left',
  );
  assert.equal(
    progressLine(viewOf({ isAllMoved: false, movedBytes: 0.2 * GB, failed: 1 }), FILES, 80),
    '412 of 5000 files · 1.3 GB of 20.4 GB · 6% · 11.3 MB/s · 28m left · 1 failed',
  );
});

test('at 40 columns the files, failures, the share and the time left stay', () => {
  assert.equal(progressLine(viewOf(), FILES, 40), '412 of 5000 files · 6% · 28m left');
  assert.equal(progressLine(viewOf({ failed: 2 }), FILES, 40), '412 of 5000 files · 6% · 2 failed');
});

test('a line too narrow for words has the numbers, then the share, and at last nothing', () => {
  assert.equal(progressLine(viewOf(), FILES, 10), '412/5000');
  assert.equal(progressLine(viewOf(), FILES, 7), '6%');
  assert.equal(progressLine(viewOf(), FILES, 1), '');
});

test('while files are counted, it says how many there are at least, and neither a share nor a time', () => {
  const counting = {
    total: { files: 700, bytes: GB, isComplete: false },
    share: undefined,
    secondsLeft: undefined,
  };
  assert.equal(progressLine(viewOf(counting), FILES, 80), '412 of 700+ files · 1.3 GB sent · 11.3 MB/s');
  assert.equal(
    progressLine(viewOf({ ...counting, total: undefined }), FILES, 80),
    '412 files · 1.3 GB sent · 11.3 MB/s',
  );
});

test('what was sent is told apart from what is done if some files were there already', () => {
  const view = viewOf({ isAllMoved: false, movedBytes: 0.2 * GB });
  assert.match(progressLine(view, FILES, 120), / · 1\.3 GB of 20\.4 GB · 6% · 200 MB sent · /);
});

test('if no bytes are moved, the rate is that of files', () => {
  const still = { movedBytes: 0, isAllMoved: false, rates: { bytes: 0, files: 12_345.6 } };
  assert.match(progressLine(viewOf(still), FILES, 80), / · 12346 files\/s · /);
  assert.match(progressLine(viewOf({ rates: { bytes: 0, files: 0 } }), FILES, 80), / · 0 B\/s · /);
});

test('an endpoint that is away is said at any width', () => {
  const away = viewOf({ isAway: true, rates: undefined, secondsLeft: undefined });
  assert.match(progressLine(away, FILES, 100), / · waiting for the endpoint to come back$/);
  assert.equal(progressLine(away, FILES, 40), '412 of 5000 files · 6% · endpoint away');
});

test('a stream has bytes only, of how many if that is known', () => {
  const words = { items: undefined, moved: 'sent' };
  const stream = { files: 0, total: undefined, share: undefined, secondsLeft: undefined };
  assert.equal(progressLine(viewOf(stream), words, 80), '1.3 GB sent · 11.3 MB/s');
  const inWork = [fileOf('db.sql', 1.4 * GB, 1.3 * GB)];
  assert.equal(progressLine(viewOf({ ...stream, inWork }), words, 80), '1.3 GB sent · 11.3 MB/s · db.sql');
  const expected = { files: 0, total: { files: 1, bytes: 5 * GB, isComplete: true }, share: 0.26 };
  assert.equal(progressLine(viewOf(expected), words, 80), '26% · 1.3 GB of 5 GB sent · 11.3 MB/s · 28m left');
});

test('one of something has its own word', () => {
  const one = { files: 0, total: { files: 1, bytes: 1, isComplete: true } };
  assert.match(progressLine(viewOf(one), FILES, 80), /^0 of 1 file · /);
  assert.match(progressLine(viewOf({ files: 1, total: undefined }), FILES, 80), /^1 file · /);
});

test('a long name is shortened in its middle, and wide characters count twice', () => {
  const bare = viewOf({ total: undefined, share: undefined, secondsLeft: undefined, rates: undefined });
  const deep = `${'folder/'.repeat(30)}the-name.pdf`;
  const line = progressLine({ ...bare, inWork: [fileOf(deep)] }, FILES, 60);
  assert.equal(line, '412 files · 1.3 GB sent · folder/folder…/folder/the-name.pdf');
  assert.ok(stringWidth(line) <= 60);
  const wide = progressLine({ ...bare, inWork: [fileOf('写真/'.repeat(20))] }, FILES, 60);
  assert.match(wide, /^412 files · 1\.3 GB sent · 写真.*….*写真\/$/);
  assert.ok(stringWidth(wide) <= 60, wide);
});

test('a hostile name reaches the terminal escaped, and a secret in a name masked', () => {
  const inWork = [fileOf('a\u001b[2Jb\nc\u202e'), fileOf('key-0123456789abcdef.txt')];
  const line = progressLine(viewOf({ inWork }), FILES, 200, ['0123456789abcdef']);
  assert.match(line, / · "a\\u001b\[2Jb\\nc\\u202e", key-\*\*\*\*\.txt$/);
});

test('a line is never wider than it may be, whatever it has to say', () => {
  const size = fc.integer({ min: 0, max: 1e15 });
  const file = fc.record({
    path: fc.string({ unit: 'grapheme', minLength: 1 }),
    size,
    doneBytes: fc.constant(0),
  });
  const view = fc.record({
    files: fc.nat(),
    failed: fc.nat(),
    leftOut: fc.nat(),
    isAway: fc.boolean(),
    doneBytes: size,
    total: fc.option(fc.record({ files: fc.nat(), bytes: size, isComplete: fc.boolean() }), {
      nil: undefined,
    }),
    share: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    movedBytes: size,
    isAllMoved: fc.boolean(),
    rates: fc.option(fc.record({ bytes: size, files: fc.nat() }), { nil: undefined }),
    secondsLeft: fc.option(fc.nat(), { nil: undefined }),
    inWork: fc.array(file, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(view, fc.integer({ min: 1, max: 250 }), (given, columns) => {
      const line = progressLine(given, FILES, columns);
      assert.ok(stringWidth(line) <= columns, `${columns}: ${line}`);
      assert.doesNotMatch(line, /\p{Cc}/u);
    }),
  );
});
