import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type EntryKind, storedMode } from '../../../src/s3/stored-mode.ts';

const shown = (text: string, kind: EntryKind) => storedMode(text, kind)?.toString(8);

const CASES: readonly (readonly [string, string | undefined, string | undefined, string | undefined])[] = [
  // text, of a file, of a link, of a folder
  ['100644', '644', undefined, undefined],
  ['0100644', '644', undefined, undefined],
  ['104755', '4755', undefined, undefined],
  ['120777', undefined, '777', undefined],
  ['40755', undefined, undefined, '755'],
  ['644', '644', '644', '644'],
  ['0644', '644', '644', '644'],
  ['420', '420', '420', '420'],
  ['0', '0', '0', '0'],
  ['7777', '7777', '7777', '7777'],
  // As s3fs writes them.
  ['33188', '644', undefined, undefined],
  ['33152', '600', undefined, undefined],
  ['33261', '755', undefined, undefined],
  ['35309', '4755', undefined, undefined],
  ['41471', undefined, '777', '1471'],
  ['16877', undefined, undefined, '755'],
  ['16832', undefined, undefined, '700'],
  ['493', '755', '755', '755'],
  // Other kinds: a FIFO, a socket, a character and a block device.
  ['10644', undefined, undefined, undefined],
  ['140644', undefined, undefined, undefined],
  ['20644', undefined, undefined, undefined],
  ['60644', undefined, undefined, undefined],
  ['4516', '4516', '4516', '4516'],
  ...['', ' ', ' 644', '644 ', '+644', '-644', '-1', '0o644', '0x1a4', '6.44', '1e3', 'rwxr-xr-x', '٦٤٤'].map(
    (text) => [text, undefined, undefined, undefined] as const,
  ),
  ...[
    '177777',
    '200644',
    '65536',
    '65535',
    '99999',
    '1000000',
    '7777777',
    '00000000644',
    '9'.repeat(400),
  ].map((text) => [text, undefined, undefined, undefined] as const),
];

test('a mode is octal if that makes sense for the kind of file, else decimal, else none', () => {
  for (const [text, file, link, folder] of CASES) {
    const found = [shown(text, 'file'), shown(text, 'link'), shown(text, 'folder')];
    assert.deepEqual(found, [file, link, folder], JSON.stringify(text));
  }
});

test('every mode of a file, as this program and rclone write it, and as s3fs does, is read as it was', () => {
  for (let mode = 0; mode <= 0o7777; mode += 1) {
    for (const [kind, type] of [
      ['file', 0o100000],
      ['link', 0o120000],
      ['folder', 0o040000],
    ] as const) {
      assert.equal(storedMode((type | mode).toString(8), kind), mode);
      assert.equal(storedMode(String(type | mode), kind), mode);
    }
    assert.equal(storedMode(mode.toString(8), 'file'), mode);
  }
});

test('whatever the text, a mode has permission and special bits only', () => {
  const text = fc.oneof(fc.string(), fc.integer().map(String), fc.stringMatching(/^[0-9]{1,8}$/));
  const inRange = (anything: string, kind: EntryKind) => {
    const mode = storedMode(anything, kind);
    return mode === undefined || (Number.isInteger(mode) && mode >= 0 && mode <= 0o7777);
  };
  fc.assert(fc.property(text, fc.constantFrom('file', 'link', 'folder'), inRange), { numRuns: 2_000 });
});
