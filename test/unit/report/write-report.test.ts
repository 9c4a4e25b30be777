import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MemoryEntries } from '../../../src/report/entries.ts';
import { ReportFile, reportText } from '../../../src/report/write-report.ts';
import { NODE_FLAGS, sourceUrl } from '../../support/sources.ts';
import { useFolder } from '../../support/tree.ts';
import { entry, summary } from './entries.ts';

test('writes the report in whole, readable for its owner only', (t) => {
  const path = join(useFolder(t), 'report.json');
  const file = new ReportFile(path);
  assert.equal(existsSync(path), false);
  file.write(['{', '}']);
  assert.equal(readFileSync(path, 'utf8'), '{}');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(path, '..')), ['report.json']);
});

test('the old report stays until the new one is complete, and when it fails', (t) => {
  const folder = useFolder(t);
  const path = join(folder, 'report.json');
  writeFileSync(path, 'old');
  const file = new ReportFile(path);
  assert.throws(
    () =>
      file.write(
        (function* () {
          yield 'x'.repeat(200_000);
          assert.equal(readFileSync(path, 'utf8'), 'old');
          throw new Error('no more');
        })(),
      ),
    { name: 'BackupError', code: 'REPORT_NOT_WRITABLE', message: /report\.json: no more/ },
  );
  assert.deepEqual([readFileSync(path, 'utf8'), readdirSync(folder)], ['old', ['report.json']]);
});

test('a report that is given up leaves nothing behind', (t) => {
  const folder = useFolder(t);
  new ReportFile(join(folder, 'report.json')).discard();
  assert.deepEqual(readdirSync(folder), []);
});

test('a report that cannot be written is refused before anything is done', (t) => {
  const folder = useFolder(t);
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'taken'));
  for (const path of ['file/report.json', 'taken', `${'n'.repeat(300)}`]) {
    assert.throws(() => new ReportFile(join(folder, path)), {
      name: 'BackupError',
      code: 'REPORT_NOT_WRITABLE',
    });
  }
  assert.deepEqual(readdirSync(folder).sort(), ['file', 'taken']);
});

test('a full disk fails the report instead of cutting it short', (t) => {
  const folder = useFolder(t);
  writeFileSync(join(folder, 'report.json'), 'old');
  const script = `
    const { ReportFile } = await import(${JSON.stringify(sourceUrl('report/write-report.ts'))});
    const file = new ReportFile(process.argv[1]);
    try { file.write(['x'.repeat(5000)]); console.log('written'); } catch (error) { console.log(error.code); }`;
  // A limit of 2,000 bytes a file: the kernel takes a part of the write, and refuses the next.
  const { stdout, stderr } = spawnSync(
    'prlimit',
    [
      '--fsize=2000',
      process.execPath,
      ...NODE_FLAGS,
      '--input-type=module',
      '-e',
      script,
      join(folder, 'report.json'),
    ],
    { encoding: 'utf8', env: { ...process.env, TSX_DISABLE_CACHE: '1' } },
  );
  if (stderr.includes('ENOENT') || stdout === '') {
    t.skip(`prlimit does not work here: ${stderr}`);
    return;
  }
  assert.equal(stdout.trim(), 'REPORT_NOT_WRITABLE');
  assert.deepEqual(
    [readFileSync(join(folder, 'report.json'), 'utf8'), readdirSync(folder)],
    ['old', ['report.json']],
  );
});

test('a FIFO stays one and gets the report', async (t) => {
  const path = join(useFolder(t), 'fifo');
  execFileSync('mkfifo', [path]);
  const reader = spawn('cat', [path]);
  let got = '';
  reader.stdout.on('data', (bytes) => {
    got += bytes;
  });
  const file = new ReportFile(path);
  assert.equal(file.spoolFolder, tmpdir());
  const text = 'x'.repeat(300_000);
  // A second process reads, so writing may wait for it.
  file.write([text, 'end']);
  await once(reader, 'close');
  assert.equal(got, `${text}end`);
  assert.ok(statSync(path).isFIFO());
});

test('a link to a report file stays a link, and what it leads to is replaced', (t) => {
  const folder = useFolder(t);
  mkdirSync(join(folder, 'elsewhere'));
  writeFileSync(join(folder, 'elsewhere/real.json'), 'old');
  symlinkSync('elsewhere/real.json', join(folder, 'report.json'));
  new ReportFile(join(folder, 'report.json')).write(['new']);
  assert.ok(lstatSync(join(folder, 'report.json')).isSymbolicLink());
  assert.equal(readFileSync(join(folder, 'elsewhere/real.json'), 'utf8'), 'new');
  assert.deepEqual(readdirSync(join(folder, 'elsewhere')), ['real.json']);
});

test('the text is JSON with the summary first and the lists as they are, also when they are empty', () => {
  for (const list of [
    [],
    [entry('a', 'kept')],
    [entry('a\n"\u2028', 'failed'), entry('b', 'deleted'), entry('c', 'skipped')],
  ]) {
    const entries = new MemoryEntries();
    for (const one of list) entries.add(one);
    const report = JSON.parse([...reportText(summary(), entries)].join(''));
    const { upload_errors, deletion_errors, uploaded_files, files, ...rest } = report;
    assert.deepEqual(rest, JSON.parse(JSON.stringify(summary())));
    assert.deepEqual(files, list);
    assert.equal(
      upload_errors.length + deletion_errors.length,
      list.filter(({ fate }) => fate === 'failed').length,
    );
    assert.deepEqual(
      uploaded_files,
      list.filter(({ proof }) => proof !== null).map(({ path, key }) => [path, key]),
    );
  }
});

const UUID = '11111111-2222-4333-8444-555555555555';
const DAY_S = 24 * 3600;

/** A folder with files that look as if a run had left them so many days ago. */
function useLeft(t: TestContext, daysOld: Readonly<Record<string, number>>): string {
  const folder = useFolder(t);
  for (const [name, days] of Object.entries(daysOld)) {
    const path = join(folder, name);
    writeFileSync(path, 'half a report', { mode: 0o600 });
    age(path, days);
  }
  return folder;
}

function age(path: string, days: number): void {
  const time = Date.now() / 1000 - days * DAY_S;
  lutimesSync(path, time, time);
}

test('what a killed run has left of this report is removed by a later one, a week later', (t) => {
  const mine = `.report.json.${UUID}.tmp`;
  const others = { [`.other.json.${UUID}.tmp`]: 8, [`report.json.${UUID}.tmp`]: 8, '.report.json.x.tmp': 8 };
  const folder = useLeft(t, { [mine]: 8, [mine.replace('111', '222')]: 6, ...others });
  new ReportFile(join(folder, 'report.json')).write(['{}']);
  const stay = [mine.replace('111', '222'), ...Object.keys(others), 'report.json'];
  assert.deepEqual(readdirSync(folder).sort(), stay.sort());
});

test('a file with such a name stays if it is not ours or has several names', (t) => {
  const name = (digit: number) => `.report.json.${UUID.replace('1', String(digit))}.tmp`;
  const folder = useLeft(t, { victim: 8, [name(2)]: 8, [name(3)]: 8 });
  linkSync(join(folder, name(2)), join(folder, 'another-name'));
  age(join(folder, name(2)), 8);
  symlinkSync('victim', join(folder, name(4)));
  mkdirSync(join(folder, name(5)));
  for (const digit of [4, 5]) age(join(folder, name(digit)), 8);
  if (process.geteuid?.() === 0) chownSync(join(folder, name(3)), 12_345, 12_345);
  new ReportFile(join(folder, 'report.json')).discard();
  const owned = process.geteuid?.() === 0 ? [name(3)] : [];
  const stay = ['another-name', name(2), name(4), name(5), 'victim', ...owned];
  assert.deepEqual(readdirSync(folder).sort(), stay.sort());
});

test('a folder that cannot be listed is written to all the same', (t) => {
  const folder = join(useFolder(t), 'blind');
  mkdirSync(folder);
  chmodSync(folder, 0o300);
  new ReportFile(join(folder, 'report.json')).write(['{}']);
  chmodSync(folder, 0o700);
  assert.deepEqual(readdirSync(folder), ['report.json']);
});
