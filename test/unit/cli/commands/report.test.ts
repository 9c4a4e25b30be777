import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Report } from '../../../../src/report/report.ts';
import type { RestoreReport } from '../../../../src/restore/summary.ts';
import { runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { writtenReport } from '../../../support/page-report.ts';
import { strictValidator } from '../../../support/report-schema.ts';
import { useS3Server } from '../../../support/s3-server.ts';
import { entry } from '../../report/entries.ts';

const REPORT = writtenReport([entry('a', 'kept'), entry('b', 'failed')]);

/** The numbers of the table of fates. */
function fatesIn(page: string): Record<string, string> {
  const rows = page.matchAll(/<b class="fate \w+">(\w+)<\/b><\/td><td class="number">([\d,]+)<\/td>/g);
  return Object.fromEntries([...rows].map(([, fate = '', files = '']) => [fate, files]));
}

test('a report becomes a page beside it', async (t) => {
  const workplace = useWorkplace(t);
  workplace.write('out/r.json', REPORT);
  const { code, stdout, stderr } = await runCli(workplace, ['report', 'out/r.json']);
  assert.deepEqual([code, stdout, stderr], [0, 'Written: out/r.html\n', '']);
  const page = workplace.read('out/r.html');
  assert.deepEqual(fatesIn(page), { failed: '1', deleted: '0', kept: '1', unchanged: '0', skipped: '0' });
  assert.ok(page.length < 300_000, `${page.length} characters`);
  assert.equal(statSync(join(workplace.cwd, 'out/r.html')).mode & 0o777, 0o600);
});

test('a report from stdin becomes a page on stdout', async (t) => {
  const workplace = useWorkplace(t);
  const { code, stdout } = await runCli(workplace, ['report', '-'], {
    stdin: Readable.from([Buffer.from(REPORT)]),
  });
  assert.equal(code, 0);
  assert.match(stdout, /^<!DOCTYPE html>[\s\S]*<\/html>\n$/);
  assert.deepEqual(workplace.names(), ['source']);
});

test('a page never takes the place of its report', async (t) => {
  const workplace = useWorkplace(t);
  workplace.write('r.json', REPORT);
  symlinkSync('r.json', join(workplace.cwd, 'link.html'));
  for (const page of ['r.json', './r.json', 'link.html']) {
    const { code, stderr } = await runCli(workplace, ['report', 'r.json', '--html', page]);
    assert.equal(code, 1);
    assert.match(stderr, /--html names the report itself\. \[BAD_OPTION\]/);
  }
  assert.equal(workplace.read('r.json'), REPORT);
});

test('a file that is no report ends with exit code 1 and leaves an old page as it was', async (t) => {
  const workplace = useWorkplace(t);
  workplace.write('r.json', REPORT.slice(0, -100));
  workplace.write('r.html', 'old');
  const { code, stdout, stderr } = await runCli(workplace, ['report', 'r.json']);
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(
    stderr,
    /^s3-backup: r\.json cannot be used: it breaks off within a line\. \[REPORT_UNREADABLE\]\n/,
  );
  assert.equal(workplace.read('r.html'), 'old');
  const missing = await runCli(workplace, ['report', 'none.json']);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^s3-backup: none\.json cannot be read: ENOENT.*\[REPORT_UNREADABLE\]\n/);
  const folder = await runCli(workplace, ['report', '.']);
  assert.match(folder.stderr, /cannot be read: it is a folder \[REPORT_UNREADABLE\]/);
  assert.deepEqual(workplace.names(), ['r.html', 'r.json', 'source']);
});

test('run and restore write a page with the numbers of their report, and leave it out of the backup', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a', 'sub/b.txt': 'bb' });
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source' };
  const outputs = ['--output-json', 'source/r.json', '--html', 'source/r.html'];
  const first = await runCli(workplace, ['run', ...outputs], { env });
  assert.equal(first.code, 0, first.stderr);
  const report = JSON.parse(workplace.read('source/r.json')) as Report;
  const isReport = strictValidator('report.schema.json');
  assert.ok(isReport(report), JSON.stringify(isReport.errors));
  assert.deepEqual(fatesIn(workplace.read('source/r.html')), {
    failed: '0',
    deleted: '0',
    kept: '2',
    unchanged: '0',
    skipped: '0',
  });
  assert.ok(report.files.every(({ seconds }) => seconds !== null && seconds >= 0));
  const { seconds, files, bytes, at_once } = report.timeline.at(-1) ?? {};
  assert.deepEqual([files, bytes, at_once], [2, 3, 0]);
  assert.ok(Number(seconds) <= report.duration_seconds + 0.001);

  const second = await runCli(workplace, ['run', ...outputs], { env });
  assert.equal(second.code, 0);
  const again = JSON.parse(workplace.read('source/r.json')) as Report;
  const leftOut = again.files.filter(({ code }) => code === 'EXCLUDED').map(({ path }) => path);
  assert.deepEqual(leftOut.sort(), ['r.html', 'r.json']);

  const back = await runCli(
    workplace,
    ['restore', '--to', 'back', '--output-json', 'back.json', '--html', 'back.html'],
    { env },
  );
  assert.equal(back.code, 0, back.stderr);
  assert.match(back.stdout, /\n +page \S*\/back\.html\n$/);
  const restored = JSON.parse(workplace.read('back.json')) as RestoreReport;
  const isRestore = strictValidator('restore-report.schema.json');
  assert.ok(isRestore(restored), JSON.stringify(isRestore.errors));
  assert.deepEqual(fatesIn(workplace.read('back.html')), {
    failed: '0',
    requested: '0',
    restored: '2',
    unchanged: '0',
    skipped: '0',
  });
  assert.ok(restored.files.every((file) => file.seconds !== null));
  assert.equal(restored.timeline.at(-1)?.bytes, 3);
});

test('a run whose bucket is missing has a page that says so', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source' };
  const { code } = await runCli(workplace, ['run', '--bucket', 'no-such-bucket', '--html', 'r.html'], {
    env,
  });
  assert.equal(code, 1);
  assert.match(
    readFileSync(join(workplace.cwd, 'r.html'), 'utf8'),
    /<code>BUCKET_NOT_FOUND<\/code>.*What to do:/,
  );
});

test('a page that cannot be written ends a run before anything is sent', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source' };
  const { code, stderr } = await runCli(workplace, ['run', '--html', 'none/r.html'], { env });
  assert.equal(code, 1);
  assert.match(stderr, /report\.html or --html: its folder must exist|REPORT_NOT_WRITABLE/);
  assert.equal(server.requests.of('PutObject').length, 0);
  assert.ok(!existsSync(join(workplace.cwd, 'none')));
});
