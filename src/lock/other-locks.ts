import { opendir, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { systemCode } from '../core/errors.ts';
import type { Conflict } from './lock-error.ts';
import { isOwnFolder, parseLockName, readLock, removeLockFolder, socketAddress } from './lock-folder.ts';
import type { LockRecord } from './lock-record.ts';
import type { OwnLock } from './own-lock.ts';
import { overlaps, type Resource } from './resource.ts';

/** A living run that holds, or asks for, a resource that this run needs. */
export interface Rival extends Conflict {
  readonly id: string;
  /** Whether the run has the lock. If not, it may still withdraw. */
  readonly isHeld: boolean;
  /** Closes when the other run releases its lock; undefined if it could not be opened (too many open files). */
  readonly connection: Socket | undefined;
}

/**
 * Finds a run that conflicts with this one, in the places of this run's own lock. Lock folders of other users are ignored.
 *
 * @returns undefined if there is no such run
 */
export async function findRival(own: OwnLock, resources: readonly Resource[]): Promise<Rival | undefined> {
  for await (const { folder, id, isOfThisBoot } of lockFolders(own)) {
    if (!isOfThisBoot) continue;
    const lock = readLock(folder);
    const conflict = lock && conflictOf(resources, lock.record);
    if (lock === undefined || conflict === undefined) continue;
    const answer = await call(socketAddress(folder));
    if (answer !== 'nobody') {
      const connection = answer === 'unknown' ? undefined : answer;
      return { ...conflict, id, isHeld: lock.isHeld, connection };
    }
  }
  return undefined;
}

/** Conflict with the run of a record. A record that cannot be understood conflicts with everything. */
function conflictOf(wanted: readonly Resource[], record: LockRecord | undefined): Conflict | undefined {
  for (const ours of wanted) {
    if (record === undefined) return { ours, theirs: undefined, holder: undefined };
    const theirs = record.resources.find((each) => overlaps(ours, each));
    if (theirs) return { ours, theirs, holder: record.holder };
  }
  return undefined;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Removes the locks that killed runs of this user have left. */
export async function removeLeftLocks(own: OwnLock): Promise<void> {
  for await (const { folder, isOfThisBoot } of lockFolders(own)) {
    // A lock in the making does not listen yet, so it gets a minute. The socket of a lock from another boot or machine tells
    // nothing, so its age decides: a living run touches its lock every hour.
    const minAgeMs = isOfThisBoot ? (readLock(folder) ? 0 : MINUTE_MS) : DAY_MS;
    if (minAgeMs > 0 && (await ageOf(folder)) < minAgeMs) continue;
    const answer = isOfThisBoot ? await call(socketAddress(folder)) : 'nobody';
    if (answer === 'nobody') removeLockFolder(folder);
    else if (answer !== 'unknown') answer.destroy();
  }
}

async function ageOf(folder: string): Promise<number> {
  try {
    return Date.now() - (await stat(folder)).mtimeMs;
  } catch {
    return 0;
  }
}

interface Found {
  readonly folder: string;
  readonly id: string;
  readonly isOfThisBoot: boolean;
}

async function* lockFolders(own: OwnLock): AsyncGenerator<Found, void> {
  for (const place of own.places) {
    // Another user may have filled the place with such names: read in blocks, not all of them at once.
    for await (const { name } of await opendir(place, { bufferSize: 1024 })) {
      const parsed = parseLockName(name);
      if (parsed === undefined || parsed.id === own.id) continue;
      const folder = join(place, name);
      if (isOwnFolder(folder)) yield { folder, ...parsed };
    }
  }
}

/**
 * Connects to a lock's socket. The kernel accepts, so a run that is stopped (SIGSTOP) counts as alive.
 *
 * @returns the connection; `nobody` if the run has ended; `unknown` if the connection failed for another reason
 */
function call(address: string): Promise<Socket | 'nobody' | 'unknown'> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => resolve(socket.resume()));
    socket.on('error', (error) => {
      const isNobody = ['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(systemCode(error) ?? '');
      resolve(isNobody ? 'nobody' : 'unknown');
    });
  });
}
