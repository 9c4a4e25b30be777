import { BackupError, messageOf, systemCode } from '../core/errors.ts';
import { withoutControls } from '../core/without-controls.ts';
import type { LockHolder } from './lock-record.ts';
import type { Resource } from './resource.ts';

/** Two runs need overlapping resources. */
export interface Conflict {
  /** Resource that this run needs. */
  readonly ours: Resource;
  /** Resource of the other run that overlaps it; undefined if that run's record cannot be read. */
  readonly theirs: Resource | undefined;
  /** The other run; undefined if its record cannot be read. */
  readonly holder: LockHolder | undefined;
}

/** Makes the error of code `LOCKED`, which names the other run. */
export function lockedError({ ours, theirs = ours, holder }: Conflict): BackupError {
  const who =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid} since ${holder.since} (${holder.source} to ${holder.target})`;
  const where = `${theirs.name}${relation(ours, theirs)}`;
  return new BackupError('LOCKED', withoutControls(`Another run is at work on ${where}: ${who}.`), {
    hint: 'Let it finish; `waitSeconds` makes this run wait for it.',
  });
}

function relation(ours: Resource, theirs: Resource): string {
  if (ours.path === theirs.path) return '';
  return theirs.path.length > ours.path.length ? ` (inside ${ours.name})` : ` (which holds ${ours.name})`;
}

/** Why a place cannot hold a lock. */
export interface PlaceError {
  readonly place: string;
  readonly error: unknown;
}

/** Makes the error of code `LOCK_UNAVAILABLE`, which names each place with its reason. */
export function unavailableError(troubles: readonly PlaceError[]): BackupError {
  const reasons = troubles.map(({ place, error }) => `${place}: ${reasonOf(error)}`);
  const refusesSockets = troubles.some(({ error }) => systemCode(error) === 'EAFNOSUPPORT');
  return new BackupError(
    'LOCK_UNAVAILABLE',
    `No lock can be made that keeps other runs off the same files: ${reasons.join('; ')}.`,
    {
      hint: refusesSockets
        ? 'This process may not make Unix sockets; add AF_UNIX to RestrictAddressFamilies= of its systemd unit.'
        : 'Make /dev/shm or /tmp writable (mode 1777), or name a folder of your own with TMPDIR.',
      cause: troubles[0]?.error,
    },
  );
}

/** Short reason without the path, which the system's message would repeat. */
function reasonOf(error: unknown): string {
  const { syscall } = error as { syscall?: string };
  const code = systemCode(error);
  return code === undefined ? messageOf(error) : [syscall, code].filter(Boolean).join(' ');
}
