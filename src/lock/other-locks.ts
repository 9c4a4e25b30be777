import { opendir, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { systemCode } from '../core/errors.ts';
import type { Conflict } from './lock-error.ts';
import { isOwnFolder, parseLockName, readLock, removeLockFolder, socketAddress } from './lock-folder.ts';
import type { LockRecord } from './lock-record.ts';
import type { OwnLock } from './own-lock.ts';
import { overlaps, type Resource } from './resource.ts';

/** A living run that asks for, or has, what this one asks for. */
export interface Rival extends Conflict {
  readonly id: string;
  /** Whether it has the lock; else it may still step back. */
  readonly isHeld: boolean;
  /** Ends with its lock; undefined if the system gave none (too many open files). */
  readonly connection: Socket | undefined;
}

/** The first rival that is found in a place of this run's own lock. Folders of other users are none of its business. */
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

/** A living run whose record makes no sense may hold anything. */
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

/** Removes what runs of this user that were killed have left. */
export async function removeLeftLocks(own: OwnLock): Promise<void> {
  for await (const { folder, isOfThisBoot } of lockFolders(own)) {
    // One in the making does not listen yet; of another boot or machine nobody can tell. Living runs touch theirs hourly.
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
    // Somebody may have filled the place with such names. Not all of them need to be in memory.
    for await (const { name } of await opendir(place, { bufferSize: 1024 })) {
      const parsed = parseLockName(name);
      if (parsed === undefined || parsed.id === own.id) continue;
      const folder = join(place, name);
      if (isOwnFolder(folder)) yield { folder, ...parsed };
    }
  }
}

/** Connects to a lock's socket. `nobody`: its run has ended. The kernel answers, so a run that was stopped counts, too. */
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
