/** The room `lock` makes sure that only one run at a time works on a folder or a prefix. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../core/errors.ts';
import { lockedError, unavailableError } from './lock-error.ts';
import type { LockHolder } from './lock-record.ts';
import { findRival, type Rival, removeLeftLocks } from './other-locks.ts';
import { OwnLock } from './own-lock.ts';
import { lockPlaces } from './places.ts';
import type { Resource } from './resource.ts';

/** What to lock, for whom, and how long to wait. */
export interface LockOptions {
  /**
   * Folders and prefixes of this run. No other run may work on them, on parents of them, or on anything in them, but on another range
   * of the same one.
   */
  readonly resources: readonly Resource[];
  /** Identity of this run, shown to others. */
  readonly holder: LockHolder;
  /** How long to wait for another run to end, in seconds. Default 0. */
  readonly waitSeconds?: number | undefined;
  /** An abort ends the waiting at once, with `LOCKED`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * How long to wait for a run in state `claimed`. It decides within milliseconds, unless the machine is busy or the run is
 * stopped.
 */
const UNDECIDED_MS = 10_000;
const HOUR_MS = 3_600_000;

/**
 * Takes one lock on all resources, against other runs of this user on this machine. Two runs that ask at the same moment see
 * each other, since each publishes its claim before it looks for others. The run with the lower id proceeds; the other
 * withdraws and tries again.
 *
 * @param places Folders that hold the locks of all runs. Default: those of `lockPlaces`.
 * @returns a function that releases the lock
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
 * Makes sure that a lock could be taken. Takes none, so other runs are not affected.
 *
 * @param places Folders to try. Default: those of `lockPlaces`.
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

/** Tries to take the lock. @returns the conflicting run; undefined if the lock was taken */
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
    // The other run sees this claim and withdraws, or it looked before there was one and is about to hold the lock.
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

/** Waits 5 to 25 ms, a random time, so that two runs do not collide again and again. */
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
