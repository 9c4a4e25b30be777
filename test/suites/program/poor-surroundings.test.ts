import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const BASH = '/bin/bash';
const program = useProgram();

/** Runs a line of bash in which `$S` is the program, after a backup of a folder with one file. */
async function shell(t: TestContext, line: string) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const S = `${process.execPath} ${program.bin}`;
  const env = { ...serverEnvironment(server), S };
  const prepared = `$S --quiet --source source --output-json r || exit 99; ${line}`;
  return start([BASH, '-c', prepared], { workplace, env }).ended;
}

const options = { concurrency: true, timeout: 120_000, skip: !existsSync(BASH) && 'no bash here' };

describe('a full disk for stdout', {
  ...options,
  skip: !existsSync('/dev/full') && 'needs /dev/full',
}, () => {
  const COMMANDS = [
    'ls',
    'ls --json',
    'verify --source source --verbose',
    'status --source source --no-write-probe',
    'cleanup',
    'run --source source --output-json -',
    'run --source source --compare checksum',
    'restore --to back --dry-run',
    'init -',
  ];
  for (const command of COMMANDS)
    it(`is one line and exit code 1 (${command})`, async (t) => {
      const { code, stderr } = await shell(t, `$S ${command} > /dev/full`);
      assert.deepEqual(
        [code, stderr],
        [1, 's3-backup: cannot write to stdout: ENOSPC: no space left on device, write\n'],
      );
    });
});

describe('odd surroundings', options, () => {
  it('a current folder that was deleted is one line', async (t) => {
    for (const command of ['ls', '--source /tmp', '--version']) {
      const { code, stdout, stderr } = await shell(t, `mkdir gone; cd gone; rmdir ../gone; $S ${command}`);
      assert.deepEqual([code, stdout], [1, '']);
      assert.equal(stderr, 's3-backup: the current folder has been deleted; change to another one first\n');
    }
  });

  it('a folder as stdin is one line where stdin is read, and else nothing', async (t) => {
    const list = await shell(t, '$S --source source --files-from - < source');
    assert.deepEqual([list.code, list.stdout], [1, '']);
    assert.match(
      list.stderr,
      /^s3-backup: .*stdin is a folder \[LIST_UNREADABLE\]\n {2}Check --files-from[^\n]*\n$/,
    );
    const record = await shell(t, '$S verify --against - < source');
    assert.match(record.stderr, /^s3-backup: .*stdin is a folder \[MANIFEST_UNREADABLE\]\n {2}[^\n]*\n$/);
    assert.equal((await shell(t, '$S ls < source > /dev/null')).code, 0);
  });
});
