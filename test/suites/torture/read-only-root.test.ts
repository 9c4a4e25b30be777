import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const program = useProgram();
/** Makes every file system read-only that the tests' folders are on, /tmp among them; /dev/shm stays, for locks. */
const LINE =
  'mount -o remount,bind,ro / && { ! mountpoint -q /tmp || mount -o remount,bind,ro /tmp; } && exec "$@"';
const { status, stderr: refusal } = spawnSync('unshare', ['-m', 'sh', '-c', LINE, 'sh', 'true'], {
  encoding: 'utf8',
});
const skip = status === 0 ? false : `no mount namespaces here: ${refusal}`;

const ENDS: Readonly<Record<string, readonly [code: number, stderr: RegExp]>> = {
  'run --source source': [0, /^$/],
  'verify --source source': [0, /^$/],
  ls: [0, /^$/],
  'restore --to /dev/shm/s3-backup-read-only-root --dry-run': [0, /^$/],
  'run --source source --output-json -': [
    1,
    /^s3-backup: The report's entries cannot be kept in \/tmp: EROFS[^\n]* \[REPORT_NOT_WRITABLE\]\n {2}Name a folder .* with TMPDIR\.\n$/,
  ],
  'run --source source --manifest': [
    1,
    /^s3-backup: The report's entries cannot be kept in \/tmp: EROFS.*TMPDIR\.\n$/s,
  ],
  'run --source source --output-json r.json': [
    1,
    /^s3-backup: The report cannot be written: .*EROFS.*\n {2}.*\n$/,
  ],
  'run --source source --log-file log': [
    1,
    /^s3-backup: The log file cannot be written: .*EROFS.*\n {2}.*\n$/,
  ],
  demo: [
    1,
    /^s3-backup: A temporary folder cannot be created \(EROFS\): \/tmp \[BAD_OPTION\]\n {2}Set TMPDIR .*\n$/,
  ],
};

for (const [command, [code, expected]] of Object.entries(ENDS))
  test(`\`${command}\` with a read-only root and without TMPDIR ends with ${code}`, {
    skip,
    timeout: 60_000,
  }, async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { 'a.txt': 'a' });
    const argv = [
      'unshare',
      '-m',
      'sh',
      '-c',
      LINE,
      'sh',
      process.execPath,
      program.bin,
      ...command.split(' '),
    ];
    const env = { ...serverEnvironment(server), TMPDIR: '' };
    if (code === 0) {
      const stored = start([process.execPath, program.bin, '--source', 'source'], { workplace, env });
      assert.equal((await stored.ended).code, 0);
    }
    const end = await start(argv, { workplace, env }).ended;
    assert.equal(end.code, code, end.stderr);
    assert.match(end.stderr, expected);
  });
