import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ReportFile } from '../../../src/report/write-report.ts';
import { runCli, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { asNobody, NOBODY } from '../../support/nobody.ts';
import { useS3Server } from '../../support/s3-server.ts';

const NOT_ROOT = process.geteuid?.() === 0 ? false : 'only root can act as somebody else';
const SOMEBODY = 12_345;

const REPORTS: Readonly<Record<string, readonly string[]>> = {
  '--output-json': ['--source', 'source'],
  '--md5sums': ['--source', 'source'],
  'restore --output-json': ['restore', '--to', 'back'],
};

async function useRun(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const env = serverEnvironment(server);
  assert.equal((await runCli(workplace, ['--source', 'source'], { env })).code, 0);
  const write = (report: string, file: string) => {
    const flag = report.split(' ').at(-1) ?? '';
    return runCli(workplace, [...(REPORTS[report] ?? []), flag, file], { env });
  };
  return { workplace, write };
}

for (const report of Object.keys(REPORTS)) {
  test(`${report} keeps mode, group and owner of the report before`, { skip: NOT_ROOT }, async (t) => {
    const { workplace, write } = await useRun(t);
    const file = workplace.write('report', 'before', 0o664);
    chownSync(file, SOMEBODY, SOMEBODY + 1);
    const { code, stderr } = await write(report, file);
    assert.deepEqual([code, stderr], [0, '']);
    assert.notEqual(readFileSync(file, 'utf8'), 'before');
    const { mode, uid, gid } = statSync(file);
    assert.deepEqual([mode & 0o777, uid, gid], [0o664, SOMEBODY, SOMEBODY + 1]);
  });

  test(`${report} creates no folder, and the run ends before anything is done`, async (t) => {
    const { workplace, write } = await useRun(t);
    const folder = join(workplace.root, 'nonexistent');
    const { code, stdout, stderr } = await write(report, join(folder, 'r.json'));
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(
      stderr,
      /^s3-backup: The report cannot be written: .*nonexistent\/r\.json: ENOENT.* \[REPORT_NOT_WRITABLE\]\n {2}Check .*: its folder must exist\.\n$/,
    );
    assert.equal(existsSync(folder), false);
  });

  test(`${report} replaces what a link points to, in the folder of that`, async (t) => {
    const { workplace, write } = await useRun(t);
    const target = workplace.write('reports/today', 'before');
    symlinkSync('reports/today', join(workplace.cwd, 'link'));
    assert.equal((await write(report, join(workplace.cwd, 'link'))).code, 0);
    assert.ok(lstatSync(join(workplace.cwd, 'link')).isSymbolicLink());
    assert.notEqual(readFileSync(target, 'utf8'), 'before');
    assert.deepEqual(readdirSync(join(workplace.cwd, 'reports')), ['today']);
  });
}

test('a new report is for its owner only', async (t) => {
  const { workplace, write } = await useRun(t);
  assert.equal((await write('--output-json', join(workplace.cwd, 'new'))).code, 0);
  assert.equal(statSync(join(workplace.cwd, 'new')).mode & 0o777, 0o600);
});

test('permissions of a group that cannot be kept are not given to another one', {
  skip: NOT_ROOT,
}, async (t) => {
  const { cwd, write } = useWorkplace(t);
  const file = write('mine/report', 'before', 0o664);
  chownSync(file, NOBODY, SOMEBODY);
  chownSync(join(cwd, 'mine'), NOBODY, 0);
  await asNobody(async () => new ReportFile(file).write(['after']));
  const { mode, uid } = statSync(file);
  assert.deepEqual([readFileSync(file, 'utf8'), mode & 0o777, uid], ['after', 0o604, NOBODY]);
});

test('a report in a folder that takes no new file is written in place', { skip: NOT_ROOT }, async (t) => {
  const { cwd, write } = useWorkplace(t);
  const file = write('report', 'a longer text than the new one', 0o640);
  chownSync(file, NOBODY, NOBODY);
  const { ino } = statSync(file);
  await asNobody(async () => {
    const report = new ReportFile(file);
    assert.notEqual(report.spoolFolder, cwd);
    report.write(['after']);
  });
  assert.deepEqual([readFileSync(file, 'utf8'), statSync(file).ino], ['after', ino]);
  assert.deepEqual(readdirSync(cwd).sort(), ['report', 'source']);
});

test('a report that can be neither replaced nor written to is refused at once', {
  skip: NOT_ROOT,
}, async (t) => {
  const { cwd, write } = useWorkplace(t);
  const file = write('report', 'before', 0o644);
  await asNobody(async () => {
    const refused = { code: 'REPORT_NOT_WRITABLE', message: /(report|new): EACCES/ };
    assert.throws(() => new ReportFile(file), refused);
    assert.throws(() => new ReportFile(join(cwd, 'new')), refused);
  });
  chmodSync(file, 0o600);
  assert.equal(readFileSync(file, 'utf8'), 'before');
});
