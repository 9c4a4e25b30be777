import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { systemCode } from '../core/errors.ts';
import { LOCK_NAME, LOCK_PREFIX } from '../core/reserved-names.ts';
import { type LockRecord, MAX_RECORD_BYTES, parseRecord } from './lock-record.ts';

const SOCKET = 'socket';

/**
 * The record's file name says how far its run has come. `draft`: the run asks for nothing yet. `claimed`: it asks, and
 * looks whether another run is in its way. `held`: it has the lock. A rename changes the state at once and needs no
 * space.
 */
export const RECORD_FILES = { draft: 'draft.json', claimed: 'claimed.json', held: 'held.json' } as const;
export type LockState = keyof typeof RECORD_FILES;

/** A new name, which nobody can know before. */
export function newLockName(): { readonly name: string; readonly id: string } {
  const id = randomBytes(6).toString('hex');
  return { name: `${LOCK_PREFIX}${thisBoot()}-${id}`, id };
}

/**
 * @returns undefined if it is no lock's name. `isOfThisBoot`: only then does its socket tell whether the run lives; a
 * folder on a network may hold locks of other machines.
 */
export function parseLockName(
  name: string,
): { readonly id: string; readonly isOfThisBoot: boolean } | undefined {
  const [, boot, id] = LOCK_NAME.exec(name) ?? [];
  return id === undefined ? undefined : { id, isOfThisBoot: boot === thisBoot() };
}

let boot: string | undefined;

/** Systems other than Linux have no boot id; their folders for temporary files are local. */
function thisBoot(): string {
  boot ??= createHash('sha256').update(bootId()).digest('hex').slice(0, 8);
  return boot;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  } catch {
    return '';
  }
}

/** Where the run that made this folder listens. Windows has its pipes in a tree of their own. */
export function socketAddress(folder: string): string {
  return process.platform === 'win32' ? `\\\\.\\pipe\\${basename(folder)}` : join(folder, SOCKET);
}

/** Whether it is a real folder that this user alone may enter and change. */
export function isOwnFolder(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return false;
  const user = process.geteuid?.();
  return user === undefined || (stats.uid === user && (stats.mode & 0o077) === 0);
}

/** @returns undefined while its run asks for nothing. `record` is undefined if the file makes no sense. */
export function readLock(
  folder: string,
): { readonly isHeld: boolean; readonly record: LockRecord | undefined } | undefined {
  // Twice `held`: between the first two looks the file may have come to be named so.
  for (const state of ['held', 'claimed', 'held'] as const) {
    const text = readSmall(join(folder, RECORD_FILES[state]));
    if (text !== undefined) return { isHeld: state === 'held', record: parseRecord(text) };
  }
  return undefined;
}

function readSmall(file: string): string | undefined {
  try {
    return statSync(file).size > MAX_RECORD_BYTES ? '' : readFileSync(file, 'utf8');
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? undefined : '';
  }
}

/** Removes what a run makes there, and nothing else. Another run may do the same. */
export function removeLockFolder(folder: string): void {
  for (const name of [...Object.values(RECORD_FILES), SOCKET]) ignoring(() => unlinkSync(join(folder, name)));
  ignoring(() => rmdirSync(folder));
}

function ignoring(work: () => void): void {
  try {
    work();
  } catch {
    // Gone; or it stays, which does no harm: nobody listens there.
  }
}
