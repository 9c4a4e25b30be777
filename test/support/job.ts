import { parseEvery } from '../../src/cli/schedule/every.ts';
import type { Job } from '../../src/cli/schedule/job.ts';

/** A nightly copy of /srv/office, but for what a test changes. */
export function jobOf(changes: Partial<Job> = {}): Job {
  const config = changes.config ?? '/etc/office.yaml';
  return {
    name: 's3-backup-office',
    about: 'Copy /srv/office to s3://my-backups/office/',
    every: parseEvery('02:15'),
    config,
    command: ['/usr/bin/node', '/opt/s3-backup/bin/s3-backup.js', 'run', '--config', config],
    folder: '/srv',
    forUser: false,
    moves: false,
    sources: ['/srv/office'],
    writes: [],
    credentials: [],
    startsPrograms: [],
    ...changes,
  };
}
