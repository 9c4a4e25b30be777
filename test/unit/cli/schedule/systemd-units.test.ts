import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serviceText } from '../../../../src/cli/schedule/systemd-units.ts';
import { jobOf } from '../../../support/job.ts';

/** The lines of a service that begin with a name. */
function linesOf(changes: Parameters<typeof jobOf>[0], name: string): string[] {
  return serviceText(jobOf(changes))
    .split('\n')
    .filter((line) => line.startsWith(`${name}=`));
}

describe('the service of a schedule', () => {
  it('has a /tmp of its own, unless something that the run needs is in /tmp', () => {
    assert.deepEqual(linesOf({}, 'PrivateTmp'), ['PrivateTmp=yes']);
    for (const changes of [
      { sources: ['/tmp/x'] },
      { folder: '/tmp' },
      { config: '/var/tmp/c.yaml' },
      { writes: ['/tmp/out'] },
    ]) {
      assert.deepEqual(linesOf(changes, 'PrivateTmp'), []);
      assert.match(linesOf(changes, 'ReadWritePaths').join(), / -\/tmp$|=-\/tmp/);
    }
    assert.deepEqual(linesOf({ sources: ['/tmpfiles'] }, 'PrivateTmp'), ['PrivateTmp=yes']);
  });

  it('may write to the source of a move only, and see the processes of others only for a move', () => {
    const sources = ['/srv/a', '/srv/b'];
    assert.deepEqual(linesOf({ sources }, 'ReadWritePaths'), []);
    assert.deepEqual(linesOf({ sources }, 'ReadOnlyPaths'), ['ReadOnlyPaths=-/srv/a -/srv/b']);
    assert.deepEqual(linesOf({ sources }, 'ProtectProc'), ['ProtectProc=invisible']);
    assert.deepEqual(linesOf({}, 'CapabilityBoundingSet'), ['CapabilityBoundingSet=CAP_DAC_READ_SEARCH']);
    const moves = { sources, moves: true, writes: ['/var/log', '/srv/a'] };
    assert.deepEqual(linesOf(moves, 'ReadWritePaths'), ['ReadWritePaths=-/srv/a -/srv/b -/var/log']);
    assert.deepEqual([linesOf(moves, 'ReadOnlyPaths'), linesOf(moves, 'ProtectProc')], [[], []]);
  });

  it('is not confined if it starts other programs, and says why', () => {
    const text = serviceText(jobOf({ startsPrograms: ['hooks.before', 'notify.email'] }));
    assert.match(text, /\n# Not confined: hooks\.before, notify\.email start programs/);
    assert.doesNotMatch(text, /Protect|NoNewPrivileges|SystemCallFilter/);
  });

  it('has a folder for what a run remembers', () => {
    assert.deepEqual(linesOf({}, 'StateDirectory'), ['StateDirectory=s3-backup']);
    assert.deepEqual(linesOf({ forUser: true }, 'StateDirectory'), []);
  });
});
