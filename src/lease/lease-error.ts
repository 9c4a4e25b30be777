import { BackupError } from '../core/errors.ts';
import { withoutControls } from '../core/without-controls.ts';
import type { LeaseRecord } from './lease-record.ts';

/** Makes the error of code `LOCKED` for a lease that another run holds. @param record Undefined if it cannot be read. */
export function heldError(name: string, record: LeaseRecord | undefined): BackupError {
  const who = record ? `process ${record.pid} on ${record.host} since ${record.since}` : 'an unknown run';
  return new BackupError('LOCKED', withoutControls(`Another run holds the lease ${name}: ${who}.`), {
    hint: 'Let it finish; `waitSeconds` makes this run wait for it. After a crash the lease lapses within a minute.',
  });
}

/** Makes the error of code `LEASE_LOST`. @param why What happened, as a clause. */
export function lostError(name: string, why: string): BackupError {
  return new BackupError('LEASE_LOST', `The lease ${name} does not protect this run any more: ${why}.`, {
    hint: 'Nothing more is deleted, and nothing is lost: run it again.',
  });
}

/** Makes the error of code `LEASE_UNSUPPORTED`. @param how What the store does with a write that has a condition, as a clause. */
export function unsupportedError(name: string, how: string, cause?: unknown): BackupError {
  return new BackupError('LEASE_UNSUPPORTED', `The store cannot hold the lease ${name}: it ${how}.`, {
    hint: 'If nothing else works there at the same time (for a shard, the engine must see to it), give up the lease: `lock`.',
    cause,
  });
}
