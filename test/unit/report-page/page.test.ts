import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { PageAssets } from '../../../src/report-page/assets.ts';
import { pageOf } from '../../../src/report-page/page.ts';
import { HOSTILE_NAMES } from '../../support/page-report.ts';
import { entry, summary } from '../report/entries.ts';

const ASSETS: PageAssets = {
  script: 'const drawn = 1;',
  style: 'body{margin:0}',
  advice: {
    backup: { UPLOAD_FAILED: { meaning: 'S3 did not take it', toDo: 'look at `s3.checksum`' } },
    verify: { MISSING_THERE: { meaning: 'there is no object', toDo: 'run a backup' } },
    restore: { WRITE_FAILED: { meaning: 'it could not be written here', toDo: 'make room' } },
    run: { BUCKET_NOT_FOUND: { meaning: 'there is no such bucket', toDo: 'check its name' } },
  },
};

const page = (entries: Parameters<typeof pageOf>[1], more: object = {}) =>
  [...pageOf({ ...summary(), ...more }, entries, ASSETS)].join('');

test('no name of a file can become markup or script', () => {
  const entries = HOSTILE_NAMES.flatMap((name) => [
    entry(`folder ${name}/${name}`, 'failed', { reason: name, code: 'UPLOAD_FAILED' }),
    entry(name, 'kept', { attempts: 2, resumed_bytes: 1 }),
  ]);
  const text = page(entries, { source: HOSTILE_NAMES[0], error: { code: 'X', message: HOSTILE_NAMES[1] } });
  assert.deepEqual(
    [...text.matchAll(/<script[^>]*>/g)].map(([tag]) => tag),
    ['<script type="application/json" id="data">', '<script>'],
  );
  assert.equal(text.match(/<\/script>/g)?.length, 2);
  assert.doesNotMatch(text, /<(?:img|svg|b&gt)|<!--| on\w+="/);
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  assert.ok(text.includes('invoice\\u202efdp.exe'));
  const [, json = ''] = /id="data">(.*)<\/script>\n<script>/s.exec(text) ?? [];
  const { rows } = JSON.parse(json);
  assert.equal(rows.length, entries.length);
  assert.ok(
    rows.some(([path]: [string]) => path === HOSTILE_NAMES[0]),
    'the script has the name itself',
  );
});

test('the policy of a page allows its own script and style, and no connection', () => {
  const text = page([entry('a', 'kept')]);
  const hash = (part: string) => `'sha256-${createHash('sha256').update(part).digest('base64')}'`;
  const [, policy] = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(text) ?? [];
  assert.equal(
    policy,
    `default-src 'none'; script-src ${hash(ASSETS.script)}; style-src ${hash(ASSETS.style)}; base-uri 'none'; form-action 'none'`,
  );
  assert.ok(
    text.includes(`<script>${ASSETS.script}</script>`) && text.includes(`<style>${ASSETS.style}</style>`),
  );
  assert.doesNotMatch(text, / style="|https?:|src=/);
});

test('failures stand first, with what to do about them', () => {
  const text = page([
    entry('a', 'failed'),
    entry('b', 'failed', { reason: 'AccessDenied: no' }),
    entry('c', 'kept'),
  ]);
  assert.match(text, /<h3><code>UPLOAD_FAILED<\/code> 2 files/);
  assert.match(text, /<b>What to do:<\/b> look at <code>s3\.checksum<\/code>/);
  assert.match(text, /<td class="number">1<\/td><td>AccessDenied: no<\/td><td><bdi class="path">b<\/bdi>/);
});

test('the error of a run stands at the top, with what to do about it', () => {
  const error = { code: 'BUCKET_NOT_FOUND', message: 'There is no bucket x.' };
  const text = page([], { error, exit_code: 1 });
  assert.match(text, /<code>BUCKET_NOT_FOUND<\/code> There is no bucket x\..*check its name/);
  assert.match(text, /<span class="verdict bad">failed<\/span>/);
});

test('throughput and files at once are the differences between samples', () => {
  const timeline = [
    { seconds: 1, files: 10, bytes: 1_000_000, at_once: 4 },
    { seconds: 3, files: 30, bytes: 5_000_000, at_once: 8 },
    { seconds: 3.001, files: 30, bytes: 5_000_000, at_once: 0 },
  ];
  const text = page([entry('a', 'kept')], { timeline });
  const [, json = ''] = /id="data">(.*)<\/script>\n<script>/s.exec(text) ?? [];
  assert.deepEqual(JSON.parse(json).rates, {
    seconds: [1, 3],
    bytesPerSecond: [1_000_000, 2_000_000],
    filesPerSecond: [10, 10],
    atOnce: [4, 8],
  });
  assert.match(text, /2 MB<\/span>\/s<\/td>/);
});

test('a page says why it has no times', () => {
  assert.match(page([], { timeline: undefined }), /The version that wrote this report did not record them\./);
  assert.match(page([], { timeline: [] }), /The run was too short\./);
});

test('the table has the 10,000 files that matter most, and the page counts the rest', () => {
  const entries = Array.from({ length: 10_005 }, (_none, at) => entry(`f${at}`, at < 3 ? 'failed' : 'kept'));
  const text = page(entries);
  assert.match(
    text,
    /The table has the 10,000 files that deserve a look first.*\n.*The other 5 files are counted above/,
  );
  const [, json = ''] = /id="data">(.*)<\/script>\n<script>/s.exec(text) ?? [];
  const { rows } = JSON.parse(json);
  assert.equal(rows.length, 10_000);
  assert.deepEqual(
    rows.slice(0, 3).map(([, fate]: string[]) => fate),
    ['failed', 'failed', 'failed'],
  );
});
