import assert from 'node:assert/strict';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RestoreReport } from '../../../../src/index.ts';
import { ndjson, PREFIX, useBackedUp } from '../../../support/backed-up.ts';
import {
  type CliResult,
  runCli,
  serverEnvironment,
  treeOf,
  useWorkplace,
} from '../../../support/cli-context.ts';
import { strictValidator } from '../../../support/report-schema.ts';
import { useRestorePlace } from '../../../support/restore.ts';

const isReport = strictValidator('restore-report.schema.json');

async function useCli(t: TestContext) {
  const place = await useRestorePlace(t);
  for (const key of ['office/a.txt', 'office/b/c.pdf', 'office/b/new\nline.pdf'])
    await place.put(key, `of ${key}`);
  const workplace = useWorkplace(t);
  const env = { ...serverEnvironment(place.server), backup_s3__prefix: 'office' };
  const restore = (...args: string[]): Promise<CliResult> => runCli(workplace, ['restore', ...args], { env });
  return { place, workplace, restore, back: () => treeOf(join(workplace.cwd, 'back')) };
}

test('a restore that finds nothing says what to check', async (t) => {
  const { restore } = await useCli(t);
  const { code, stderr } = await restore('nowhere/*', '--to', 'back');
  assert.equal(code, 1);
  assert.match(stderr, /NOTHING_TO_RESTORE.*Check s3\.prefix, the patterns, --version-at and --run\./s);
});

test('the summary of one file uses the singular', async (t) => {
  const { restore } = await useCli(t);
  const { stdout } = await restore('a.txt', '--to', 'back');
  assert.match(stdout, /^1 of 1 file from s3:\/\/test-bucket\/office\/ is in /);
});

test('a restore brings back everything below the prefix, and prints a summary', async (t) => {
  const { restore, back } = await useCli(t);
  const { code, stdout, stderr } = await restore('--to', 'back');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(
    stdout,
    /^3 of 3 files from s3:\/\/test-bucket\/office\/ are in \/.*\/back after \d+\.\d s\n +3 +\d+ B {2}restored\n$/,
  );
  assert.deepEqual(back(), {
    'a.txt': 'of office/a.txt',
    'b/c.pdf': 'of office/b/c.pdf',
    'b/new\nline.pdf': 'of office/b/new\nline.pdf',
  });
});

test('only --allow-setuid restores the setuid bit', {
  skip: process.getuid?.() !== 0 && 'only root can give files away',
}, async (t) => {
  const { place, workplace, restore } = await useCli(t);
  await place.put('office/a.txt', 'x', { Metadata: { mode: '104755', uid: '0', gid: '0' } });
  const modeAfter = async (...args: string[]) => {
    const { code, stdout } = await restore('a.txt', ...args);
    const { mode } = statSync(join(workplace.cwd, args.at(-1) ?? '', 'a.txt'));
    return [code, stdout.includes('SETUID_NOT_SET'), (mode & 0o7777).toString(8)];
  };
  assert.deepEqual(await modeAfter('--to', 'back'), [2, true, '755']);
  assert.deepEqual(await modeAfter('--allow-setuid', '--to', 'trusted'), [0, false, '4755']);
});

test('a pattern selects files, and the exclusions of backups do not apply', async (t) => {
  const { workplace, restore, back } = await useCli(t);
  workplace.write('.backuprc', 'backup: {exclude_patterns: ["*.pdf"], file_extensions: [".txt"]}');
  const { code, stdout } = await restore('c.*', '--to', 'back');
  assert.deepEqual([code, Object.keys(back())], [0, ['b/c.pdf']]);
  assert.match(stdout, /EXCLUDED 2/);
});

test('several patterns select files, --include narrows the selection, and --exclude removes from it', async (t) => {
  const { place, workplace, restore } = await useCli(t);
  for (const name of ['photos/1.jpg', 'photos/raw/2.jpg', 'photos/3.txt', 'z.jpg'])
    await place.put(`office/${name}`, name);
  let runs = 0;
  const restored = async (...args: string[]) => {
    const to = `to-${++runs}`;
    const { code, stderr } = await restore(...args, '--to', to);
    assert.deepEqual([code, stderr], [0, '']);
    return Object.keys(treeOf(join(workplace.cwd, to)));
  };
  assert.deepEqual(await restored('b/c.*', '/a.txt'), ['a.txt', 'b/c.pdf']);
  assert.deepEqual(await restored('photos/', '/a.txt', '--include', '*.jpg', '--include', 'a.*'), [
    'a.txt',
    'photos/1.jpg',
    'photos/raw/2.jpg',
  ]);
  assert.deepEqual(await restored('photos/', '--exclude', 'raw/', '--exclude', '*.txt'), ['photos/1.jpg']);
  assert.deepEqual(await restored('--include', '*.jpg', '--exclude', 'photos/'), ['z.jpg']);
});

test('a pattern that matches nothing causes a warning if others match', async (t) => {
  const { restore } = await useCli(t);
  const { code, stderr } = await restore('a.txt', 'b.txt', 'c.txt', '--exclude', '*.tmp', '--to', 'back');
  assert.equal(code, 0);
  assert.match(stderr, /no object that was looked at matches these patterns.*b\.txt.*c\.txt/s);
  assert.match(stderr, /no object that was looked at matches these patterns.*\*\.tmp/s);
  assert.doesNotMatch(stderr, /a\.txt/);
});

test('--bwlimit limits what a restore reads', async (t) => {
  const { place, restore } = await useCli(t);
  await place.put('office/large', Buffer.alloc(3_000_000));
  const { code, stderr } = await restore('large', '--to', 'back', '--bwlimit', '1M', '--verbose');
  assert.equal(code, 0);
  assert.match(stderr, /limit: 1MiB per second/);
});

test('--max-outage limits how long a restore waits for an endpoint that does not answer', async (t) => {
  const { place, restore } = await useCli(t);
  place.server.faults.plan({
    operation: 'GetObject',
    do: { kind: 'call', run: () => void place.server.close() },
  });
  const { code, stderr } = await restore('--to', 'back', '--max-outage', '1s');
  assert.equal(code, 1);
  assert.match(stderr, /the endpoint is away: waiting for it/);
  assert.match(stderr, /ENDPOINT_LOST/);
  place.server.faults.assertAllFired();
});

test('the report is JSON that fits its schema, also after a restore that failed or never began', async (t) => {
  const { place, workplace, restore } = await useCli(t);
  await place.put('office/frozen', 'ice', { StorageClass: 'GLACIER' });
  workplace.write('back/a.txt', 'mine');
  const reports: RestoreReport[] = [];
  for (const args of [[], ['--dry-run'], ['--prefix', 'nowhere'], ['--bucket', 'no-such-bucket']]) {
    await restore('--to', 'back', '--output-json', 'report.json', ...args);
    const report = JSON.parse(workplace.read('report.json')) as RestoreReport;
    assert.ok(isReport(report), JSON.stringify(isReport.errors));
    reports.push(report);
  }
  assert.deepEqual(
    reports.map(({ exit_code }) => exit_code),
    [2, 2, 1, 1],
  );
  const [first, , nothing, lost] = reports;
  assert.deepEqual(
    first?.errors.map(([path]) => path),
    ['a.txt'],
  );
  assert.deepEqual(first?.counts, { restored: 2, unchanged: 0, requested: 1, skipped: 0, failed: 1 });
  assert.deepEqual([nothing?.error?.code, lost?.error?.code], ['NOTHING_TO_RESTORE', 'BUCKET_NOT_FOUND']);
});

test('a report or log in the target neither replaces a restored file nor is replaced by one', async (t) => {
  const { place, workplace, restore } = await useCli(t);
  const names = ['report.json', 'run.log', 'run.log.1', 'sub/report.json', 'Run.log'];
  for (const name of names) await place.put(`office/${name}`, `of ${name}`);
  workplace.write('back/run.log.1', 'rotated');
  const outputs = ['--output-json', 'back/report.json', '--log-file', 'back/run.log'];
  for (const more of [[], ['--overwrite']]) {
    const { code } = await restore('*report.json', '*un.log*', '--to', 'back', ...outputs, ...more);
    assert.equal(code, 2);
    const report = JSON.parse(workplace.read('back/report.json')) as RestoreReport;
    const failed = report.files.filter(({ fate }) => fate === 'failed');
    const ours = [
      'report.json',
      'run.log',
      'run.log.1',
      ...(process.platform === 'linux' ? [] : ['Run.log']),
    ];
    assert.deepEqual(
      failed.map(({ path, code }) => `${path} ${code}`).sort(),
      ours.map((path) => `${path} PATH_CONFLICT`).sort(),
    );
    assert.equal(workplace.read('back/sub/report.json'), 'of sub/report.json');
    assert.equal(workplace.read('back/run.log.1'), 'rotated');
    assert.match(workplace.read('back/run.log'), /"restore ended"/);
  }
});

test("files below a folder are not restored if the report has the folder's name", async (t) => {
  const { place, workplace, restore } = await useCli(t);
  await place.put('office/report/file', 'content');
  mkdirSync(join(workplace.cwd, 'back'));
  assert.equal((await restore('--to', 'back', '--output-json', 'back/report')).code, 2);
  const report = JSON.parse(workplace.read('back/report')) as RestoreReport;
  assert.deepEqual(
    report.errors.map(([path]) => path),
    ['report/file'],
  );
});

test('the report on stdout is the only output there', async (t) => {
  const { restore } = await useCli(t);
  const { stdout } = await restore('--to', 'back', '--output-json', '-');
  assert.equal((JSON.parse(stdout) as RestoreReport).counts.restored, 3);
});

test('a dry run shows each object and writes nothing', async (t) => {
  const { workplace, restore } = await useCli(t);
  const { code, stdout } = await restore('--to', 'back', '-d');
  assert.equal(code, 0);
  assert.match(stdout, /^would be restored +\d+ B {2}a\.txt$/m);
  assert.match(stdout, /"b\/new\\nline\.pdf"$/m);
  assert.match(stdout, /^Dry run: 3 files, \d+ B, would be restored from s3:\/\/test-bucket\/office\/ to /m);
  assert.deepEqual(workplace.names(), ['source']);
});

test('an error on the command line is reported before anything is touched', async (t) => {
  const { place, workplace, restore } = await useCli(t);
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /No folder to restore to was given.*\[BAD_OPTION\]/],
    [['--to', ''], /No folder to restore to was given/],
    [['--to', 'back', '--version-at', 'noon'], /versionAt is "noon"; allowed is a time with its zone/],
    [
      ['--to', 'back', '--archive-days', 'many'],
      /archiveDays is NaN; allowed are whole numbers from 1 to 365/,
    ],
    [
      ['--to', 'back', '--archive-tier', 'quick'],
      /archiveTier is Quick; allowed are Expedited, Standard and Bulk/,
    ],
    [['a', '../x', '--to', 'back'], /pattern: the pattern "\.\.\/x" cannot be used/],
    [['--include', '../x', '--to', 'back'], /include: the pattern "\.\.\/x" cannot be used/],
    [['--exclude', '', '--to', 'back'], /exclude: the pattern "" cannot be used/],
    [['--to', 'back', '--bwlimit', 'fast'], /transfer\.bwlimit.*fast|--bwlimit.*fast/],
    [['--to', 'back', '--max-outage', 'long'], /--max-outage.*long/],
    [['--to', 'back', '--source', 'back'], /unknown option "--source"/],
    [['--to', 'back', '--overwite'], /unknown option "--overwite"; did you mean "--overwrite"\?/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await restore(...args);
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, message);
  }
  assert.deepEqual(
    [workplace.names(), place.server.requests.filter(({ method }) => method === 'GET')],
    [['source'], []],
  );
});

test('archived objects are requested with the given days and tier', async (t) => {
  const { place, restore } = await useCli(t);
  await place.put('office/frozen', 'ice', { StorageClass: 'GLACIER' });
  const asking = await restore('--to', 'back', '--archive-days', '3', '--archive-tier', 'bulk');
  assert.equal(asking.code, 2);
  assert.match(asking.stdout, /1 +3 B {2}requested from the archive, not restored yet \(ARCHIVED 1\)/);
  assert.equal((await restore('--to', 'back')).code, 0);
});

test('--run restores the files of that run, and names it in summary and report', async (t) => {
  const { run, put, workplace } = await useBackedUp(t, { 'a.txt': 'a', 'b.txt': 'b' }, ['--manifest']);
  const [{ run: id = '' } = {}] = ndjson<{ run: string }>((await run(['runs', '--json'])).stdout);
  await put('b.txt', 'newer');
  for (const name of ['latest', id, id.slice(0, 6), id.slice(-8)]) {
    const to = `back ${name}`;
    const { code, stdout, stderr } = await run([
      'restore',
      '--run',
      name,
      '--to',
      to,
      '--output-json',
      'report',
    ]);
    assert.equal(code, 2);
    assert.match(
      stdout,
      new RegExp(
        `^1 of 2 files from s3://test-bucket/${PREFIX} \\(run ${id}\\) are in .*\n +1 +1 B {2}restored\n`,
      ),
    );
    assert.match(stderr, /b\.txt.*other content is under its key by now/);
    assert.deepEqual(treeOf(join(workplace.cwd, to)), { 'a.txt': 'a' });
    const report = JSON.parse(workplace.read('report')) as RestoreReport;
    assert.ok(isReport(report), JSON.stringify(isReport.errors));
    assert.deepEqual([report.run, report.errors[0]?.[0]], [id, 'b.txt']);
  }
  const planned = await run(['restore', '--run', 'latest', '--to', 'new', '--dry-run']);
  assert.match(planned.stdout, /^would be restored +1 B {2}a\.txt$/m);
  assert.match(planned.stdout, /^would fail b\.txt \(OBJECT_REPLACED: /m);
});

test('an unknown run, and --run with --version-at, are refused with a hint', async (t) => {
  const { run, workplace } = await useBackedUp(t, { a: 'a' }, ['--manifest']);
  const unknown = await run(['restore', '--run', '1999', '--to', 'back', '--output-json', 'report']);
  assert.equal(unknown.code, 1);
  assert.match(
    unknown.stderr,
    /There is no manifest of a run "1999" below s3:\/\/test-bucket\/office\/\.s3-backup\/runs\/ \[RUN_NOT_FOUND\]\n {2}`s3-backup runs` lists the stored manifests/,
  );
  const report = JSON.parse(workplace.read('report')) as RestoreReport;
  assert.ok(isReport(report), JSON.stringify(isReport.errors));
  assert.deepEqual([report.run, report.error?.code], ['1999', 'RUN_NOT_FOUND']);
  const both = await run(['restore', '--run', 'latest', '--version-at', '2026-11-24', '--to', 'never']);
  assert.equal(both.code, 1);
  assert.match(
    both.stderr,
    /name two states of the bucket.*\[BAD_OPTION\]\n {2}Give one of the two, not both/,
  );
  assert.ok(!workplace.names().includes('never'));
});
