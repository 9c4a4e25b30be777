import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { parseEvery } from '../../../src/cli/schedule/every.ts';
import type { Job } from '../../../src/cli/schedule/job.ts';
import { calendarOf, serviceText, timerText } from '../../../src/cli/schedule/systemd-units.ts';
import { jobOf } from '../../support/job.ts';
import { analyze, NO_ANALYZE } from '../../support/systemd.ts';

const JOBS: Readonly<Record<string, Partial<Job>>> = {
  'a copy': { writes: ['/var/log'] },
  'a move': { moves: true, writes: ['/var/log', '/var/lib/x'] },
  'a move with credentials': {
    moves: true,
    credentials: [{ name: 'aws_secret_access_key', file: '/etc/s3-backup/key' }],
  },
  'a move of odd paths': {
    moves: true,
    about: 'Move %n "a" to s3://b/',
    sources: [`/srv/a b/100 %/$HOME "q" 'q' #;`, '/srv/back\\slash'],
    writes: ['/var/log/a b %i'],
    folder: '/srv/a b %',
  },
  'a job of a user': { forUser: true },
  'a job that starts programs': { startsPrograms: ['hooks.before'] },
};

function unitsOf(changes: Partial<Job>): Record<string, string> {
  // A program that is there: verify looks.
  const job = jobOf({ command: [process.execPath, '/opt/x.js', 'run'], ...changes });
  return { 's3-backup-office.service': serviceText(job), 's3-backup-office.timer': timerText(job) };
}

/** Directives with which the manager of a user starts a service, in a user namespace, whether or not a run then works. */
const NOT_REFUSED = [
  'PrivateUsers=yes',
  'ProtectSystem=strict',
  'ProtectHome=read-only',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelTunables=yes',
  'ProtectProc=invisible',
  'ProcSubset=pid',
  'PrivateMounts=yes',
  'PrivateTmp=yes',
  'KeyringMode=private',
  'MemoryDenyWriteExecute=yes',
  'IPAddressDeny=any',
];

function exposureOf(t: TestContext, service: string): number {
  const words = ['security', '--offline=yes', '--no-pager'];
  const { stdout } = analyze(t, { 's3-backup-office.service': service }, words);
  return Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
}

describe('systemd-analyze', { skip: NO_ANALYZE }, () => {
  for (const [what, changes] of Object.entries(JOBS))
    it(`verify finds nothing wrong with the units of ${what}`, (t) => {
      const { code, stdout, stderr } = analyze(t, unitsOf(changes), ['verify', '--man=no']);
      assert.deepEqual([code, stdout, stderr], [0, '', '']);
    });

  for (const [what, changes] of Object.entries(JOBS).slice(0, 4))
    it(`security says an exposure of at most 2.5 for the service of ${what}`, (t) => {
      const { 's3-backup-office.service': service = '' } = unitsOf(changes);
      const words = ['security', '--offline=yes', '--no-pager', '--threshold=25'];
      const { code, stdout } = analyze(t, { 's3-backup-office.service': service }, words);
      const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
      assert.ok(exposure <= 2.5, stdout);
      assert.equal(code, 0);
    });

  it('security says the exposure for the service of a user that docs/operations.md names', (t) => {
    const found = exposureOf(t, unitsOf({ forUser: true })['s3-backup-office.service'] ?? '');
    assert.ok(found <= 6.2, `${found}`);
    const [, named] =
      /and of ([\d.]+) for that of a user/.exec(readFileSync('docs/operations.md', 'utf8')) ?? [];
    assert.equal(named, '6.2');
  });

  it('security says more than 2.5 for a service of a user with all that its manager does not refuse', (t) => {
    const service = unitsOf({ forUser: true })['s3-backup-office.service'] ?? '';
    assert.ok(exposureOf(t, `${service}${NOT_REFUSED.join('\n')}\n`) > 2.5);
  });

  for (const every of ['02:15', 'Mon,Thu 03:00', 'Sat-Mon 23:59', 'hourly', '6h', '15m'])
    it(`calendar reads the time of ${every}`, (t) => {
      const { code, stderr } = analyze(t, {}, ['calendar', calendarOf(parseEvery(every))]);
      assert.equal(code, 0, stderr);
    });
});
