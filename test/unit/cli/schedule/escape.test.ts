import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  cronLines,
  schedulesIn,
  withoutSchedule,
  withSchedule,
} from '../../../../src/cli/schedule/cron-lines.ts';
import { requireWritable } from '../../../../src/cli/schedule/escape.ts';
import { plistText } from '../../../../src/cli/schedule/launchd-plist.ts';
import { jobOf } from '../../../support/job.ts';

const ODD = `/srv/a b/100 %/%n $HOME \${x} "quoted" 'q' #;&|<>ü*~`;

/** What cron hands to /bin/sh of a line: the text behind the times up to a `%` without a backslash, and of `\%` the `%`. */
function commandIn(lines: string): string {
  const line = lines.split('\n').find((each) => /^[^#]/.test(each)) ?? '';
  const text = line.split(' ').slice(5).join(' ');
  assert.doesNotMatch(text, /(?<!\\)%/);
  return text.replaceAll('\\%', '%');
}

describe('a path with spaces, %, $ and quotes', () => {
  it('reaches the program as it is from a crontab', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'cron %-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const show = [
      process.execPath,
      '-e',
      'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(1)]))',
    ];
    const lines = cronLines(jobOf({ folder, command: [...show, '--', ODD] }));
    const stdout = execFileSync('/bin/sh', ['-c', commandIn(lines)], { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(stdout), [folder, ODD, '--quiet']);
  });

  it('reaches the program as it is from launchd', (t) => {
    const job = jobOf({ command: ['/usr/bin/node', ODD], folder: ODD });
    const read = 'import plistlib, sys, json; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))';
    const { status, stdout, error } = spawnSync('python3', ['-c', read], {
      input: plistText(job, `${ODD}.log`),
      encoding: 'utf8',
    });
    if (error) return t.skip('there is no python3, whose plistlib reads property lists');
    assert.equal(status, 0);
    const { ProgramArguments, WorkingDirectory, StandardErrorPath, StartCalendarInterval, Label } =
      JSON.parse(stdout);
    assert.deepEqual(ProgramArguments, job.command);
    assert.deepEqual([WorkingDirectory, StandardErrorPath], [ODD, `${ODD}.log`]);
    assert.deepEqual([Label, StartCalendarInterval], ['local.s3-backup-office', [{ Hour: 2, Minute: 15 }]]);
  });

  it('may hold no control character, and for cron no backslash', () => {
    assert.throws(() => requireWritable(['/srv/two\nlines']), {
      code: 'BAD_OPTION',
      message: /"\/srv\/two\\nlines"/,
    });
    assert.throws(() => cronLines(jobOf({ folder: '/srv/back\\slash' })), { code: 'BAD_OPTION' });
  });
});

describe('a crontab', () => {
  const OTHER = '# mine\nMAILTO=me\n0 1 * * *  backup %H\n';

  it('keeps all else when a schedule is put in, changed and taken out', () => {
    const job = jobOf();
    const once = withSchedule(OTHER, job);
    assert.ok(once.startsWith(OTHER));
    assert.equal(withSchedule(once, job), once);
    const two = withSchedule(once, jobOf({ name: 's3-backup', config: '/etc/b.yaml' }));
    assert.deepEqual(schedulesIn(two), [
      { name: 's3-backup-office', config: '/etc/office.yaml', every: '02:15' },
      { name: 's3-backup', config: '/etc/b.yaml', every: '02:15' },
    ]);
    assert.equal(withoutSchedule(withoutSchedule(two, 's3-backup'), 's3-backup-office'), OTHER);
    assert.equal(withSchedule(two, job).length, two.length);
  });

  it('without a line end at its end gets one', () => {
    assert.match(withSchedule('0 1 * * * x', jobOf()), /^0 1 \* \* \* x\n# Written/);
  });
});
