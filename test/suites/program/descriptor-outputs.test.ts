import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const BASH = '/bin/bash';
const program = useProgram();

/** Runs a line of bash in which `$S` is a backup of a folder with one file, and `$D` a folder that everybody may write to. */
async function shell(t: TestContext, line: string) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const folder = join(workplace.root, 'shared');
  mkdirSync(folder);
  chmodSync(folder, 0o1777);
  const S = `${process.execPath} ${program.bin} --source source`;
  const env = { ...serverEnvironment(server), D: folder, S };
  const { code, stdout, stderr } = await start([BASH, '-c', line], { workplace, env }).ended;
  return { code, stdout, stderr, read: (name: string) => readFileSync(join(folder, name), 'utf8'), folder };
}

const isReport = (text: string) => assert.equal(JSON.parse(text).total_files, 1);

describe('an output that is open already', {
  skip: !existsSync(BASH) && 'no bash here',
  concurrency: true,
}, () => {
  it('is written to as /dev/stdout, /dev/stderr and /dev/fd/N where it is a pipe', async (t) => {
    const { code, stdout } = await shell(t, '$S --quiet --output-json /dev/stdout | cat');
    assert.equal(code, 0);
    isReport(stdout);
    const log = await shell(t, '$S --quiet --log-file /dev/stderr --output-json - 2>&1 >/dev/null | cat');
    assert.match(log.stdout, /"operation":"upload"/);
    const sums = await shell(t, '{ $S --quiet --md5sums /dev/fd/5 5>&1 >/dev/null; } | cat');
    assert.match(sums.stdout, /^0cc175b9c0f1b6a831c399e269772661 {2}a\.txt\n$/);
  });

  it('is written to as a process substitution', async (t) => {
    const to = (name: string) => `>(cat > $D/${name}.new; mv $D/${name}.new $D/${name})`;
    const come = 'until [ -e $D/report ] && [ -e $D/log ]; do sleep 0.05; done; exit $code';
    const line = `$S --quiet --output-json ${to('report')} --log-file ${to('log')}; code=$?; ${come}`;
    const { code, stderr, read } = await shell(t, line);
    assert.deepEqual([code, stderr], [0, '']);
    isReport(read('report'));
    assert.match(read('log'), /"operation":"upload"/);
  });

  it('is written to as /dev/stdout where it is a file, also in a folder that others may write to', async (t) => {
    const { code, stderr, read, folder } = await shell(t, '$S --output-json /dev/stdout > $D/report');
    assert.deepEqual([code, stderr], [0, '']);
    isReport(read('report'));
    assert.ok(lstatSync(join(folder, 'report')).isFile());
    const log = await shell(t, '$S --quiet --log-file /dev/stderr 2> $D/log');
    assert.deepEqual(log.code, 0);
    assert.match(log.read('log'), /"operation":"upload"/);
  });

  it('is written to as /dev/stdout where the file has lost its name', async (t) => {
    const line = 'exec 5<>$D/report; rm $D/report; $S --quiet --output-json /dev/fd/5; cat /dev/fd/5';
    const { stdout, stderr, folder } = await shell(t, line);
    assert.equal(stderr, '');
    isReport(stdout);
    assert.equal(existsSync(join(folder, 'report (deleted)')), false);
  });

  it('stays the file that it is, with all that others write to it', async (t) => {
    const { stderr, read, folder } = await shell(
      t,
      '{ echo head; $S --output-json /dev/stdout; echo tail; } > $D/out; $S --log-file /dev/stdout > $D/both',
    );
    assert.equal(stderr, '');
    const [, report = ''] = /^head\n(.*)tail\n$/s.exec(read('out')) ?? [];
    isReport(report);
    assert.match(read('both'), /^(\{"level".*\}\n)+[01] of 1 file verified.*\n/);
    assert.deepEqual(readdirSync(folder).sort(), ['both', 'out']);
  });

  it('gets MD5s without the summary if it is stdout', async (t) => {
    const { code, stdout } = await shell(t, '$S --md5sums /dev/stdout | cat');
    assert.deepEqual([code, stdout], [0, '0cc175b9c0f1b6a831c399e269772661  a.txt\n']);
  });
});
