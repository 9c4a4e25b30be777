import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../core/errors.ts';
import { lockedError, unavailableError } from './lock-error.ts';
import type { LockHolder } from './lock-record.ts';
import { findRival, type Rival, removeLeftLocks } from './other-locks.ts';
import { OwnLock } from './own-lock.ts';
import { lockPlaces } from './places.ts';
import type { Resource } from './resource.ts';

export interface LockOptions {
  /** What no other run may work on meanwhile, nor on anything that holds it or lies in it. */
  readonly resources: readonly Resource[];
  readonly holder: LockHolder;
  /** How long to wait for another run's end, in seconds. Default 0. */
  readonly waitSeconds?: number | undefined;
  /** Ends the waiting at once. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a run that has not decided yet is waited for. It takes milliseconds, unless the machine is busy or the run was stopped. */
const UNDECIDED_MS = 10_000;
const HOUR_MS = 3_600_000;

/**
 * Locks all resources together, against other runs of this user on this machine. Two runs that ask at the same moment
 * see each other, since each writes down what it asks for before it looks: the one of the lower id goes on, the other
 * steps back and tries again.
 *
 * @param places The folders that hold the locks of all runs.
 * @returns what releases the lock
 * @throws BackupError `LOCKED`, naming the other run; `LOCK_UNAVAILABLE` if no lock can be made
 */
export async function takeLocks(options: LockOptions, places = lockPlaces()): Promise<() => void> {
  const { resources, holder } = options;
  const own = await OwnLock.make({ resources, holder }, places);
  try {
    await removeLeftLocks(own);
    await take(own, options);
    return () => own.remove();
  } catch (error) {
    const [place = ''] = own.places;
    own.remove();
    throw error instanceof BackupError ? error : unavailableError([{ place, error }]);
  }
}

/**
 * Makes sure that a lock can be made, without asking for anything: runs neither wait for it nor are waited for.
 *
 * @returns the folders that can hold a lock
 * @throws BackupError `LOCK_UNAVAILABLE` if there is none
 */
export async function requireLockPlace(places = lockPlaces()): Promise<readonly string[]> {
  const holder = { pid: process.pid, since: new Date().toISOString(), source: '', target: '' };
  const own = await OwnLock.make({ resources: [], holder }, places);
  const usable = own.places;
  own.remove();
  return usable;
}

async function take(own: OwnLock, options: LockOptions): Promise<void> {
  const { waitSeconds = 0, signal } = options;
  const start = performance.now();
  for (;;) {
    const rival = await tryOnce(own, options, start + UNDECIDED_MS);
    if (rival === undefined) return;
    const patience = rival.isHeld ? waitSeconds * 1000 : Math.max(waitSeconds * 1000, UNDECIDED_MS);
    const left = start + patience - performance.now();
    if (left <= 0 || signal?.aborted) {
      rival.connection?.destroy();
      throw lockedError(rival);
    }
    if (rival.isHeld) await untilGone(rival, Math.min(left, HOUR_MS), signal);
    else rival.connection?.destroy();
    await pause();
  }
}

/** @returns what is in the way; undefined if the lock was taken */
async function tryOnce(
  own: OwnLock,
  { resources, signal }: LockOptions,
  end: number,
): Promise<Rival | undefined> {
  const look = () => findRival(own, resources);
  const before = await look();
  if (before) return before;
  own.setState('claimed');
  for (let rival = await look(); rival !== undefined; rival = await look()) {
    // The other one sees this one's claim and steps back, or had looked before there was one and is about to hold it.
    const waits = !rival.isHeld && rival.id > own.id && performance.now() < end && !signal?.aborted;
    if (!waits) {
      own.setState('draft');
      return rival;
    }
    rival.connection?.destroy();
    await pause();
  }
  own.setState('held');
  return undefined;
}

/** Of random length, so that runs that have met do not meet again. */
function pause(): Promise<void> {
  return sleep(5 + Math.random() * 20);
}

function untilGone({ connection }: Rival, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      connection?.destroy();
      resolve();
    };
    const timer = setTimeout(done, connection ? milliseconds : Math.min(milliseconds, 250));
    connection?.once('close', done);
    signal?.addEventListener('abort', done);
    if (connection?.closed || signal?.aborted) done();
  });
}
