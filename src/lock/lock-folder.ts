import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { systemCode } from '../core/errors.ts';
import { LOCK_NAME, LOCK_PREFIX } from '../core/reserved-names.ts';
import { type LockRecord, MAX_RECORD_BYTES, parseRecord } from './lock-record.ts';

const SOCKET = 'socket';

/**
 * Names of the record file in each state of a lock. `draft`: the run asks for nothing yet. `claimed`: the run asks for its
 * resources and looks for conflicting runs. `held`: the run has the lock. A rename changes the state atomically and needs
 * no disk space.
 */
export const RECORD_FILES = { draft: 'draft.json', claimed: 'claimed.json', held: 'held.json' } as const;
/** How far a run has come with its lock. */
export type LockState = keyof typeof RECORD_FILES;

/** Makes a random name for a lock folder, which another user cannot predict. */
export function newLockName(): { readonly name: string; readonly id: string } {
  const id = randomBytes(6).toString('hex');
  return { name: `${LOCK_PREFIX}${thisBoot()}-${id}`, id };
}

/**
 * Parses the name of a lock folder.
 *
 * @returns undefined if the name is not that of a lock. `isOfThisBoot` tells whether the lock was made on this machine since it
 * was started: only then does its socket tell whether the run lives. A network folder may hold locks of other machines.
 */
export function parseLockName(
  name: string,
): { readonly id: string; readonly isOfThisBoot: boolean } | undefined {
  const [, boot, id] = LOCK_NAME.exec(name) ?? [];
  return id === undefined ? undefined : { id, isOfThisBoot: boot === thisBoot() };
}

/** Cache: the digest of the boot's id, which is the same as long as this process lives. */
let boot: string | undefined;

/** Identifies this boot of this machine. Other systems than Linux have no boot id, but their temporary folders are local. */
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

/** Address of the socket on which the run of a lock folder listens: a Unix socket, or a named pipe on Windows. */
export function socketAddress(folder: string): string {
  return process.platform === 'win32' ? `\\\\.\\pipe\\${basename(folder)}` : join(folder, SOCKET);
}

/** Whether a path is a folder (not a link) that only this user may enter and change. */
export function isOwnFolder(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return false;
  const user = process.geteuid?.();
  return user === undefined || (stats.uid === user && (stats.mode & 0o077) === 0);
}

/**
 * Reads the state and the record of a lock.
 *
 * @returns undefined if the run asks for nothing yet. `record` is undefined if the file cannot be understood.
 */
export function readLock(
  folder: string,
): { readonly isHeld: boolean; readonly record: LockRecord | undefined } | undefined {
  // `held` twice: the file may have been renamed from `claimed` to `held` between the first two reads.
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

/** Removes the files of a lock and then its folder, if nothing else is in it. Two runs may do so at the same time. */
export function removeLockFolder(folder: string): void {
  for (const name of [...Object.values(RECORD_FILES), SOCKET]) ignoring(() => unlinkSync(join(folder, name)));
  ignoring(() => rmdirSync(folder));
}

function ignoring(work: () => void): void {
  try {
    work();
  } catch {
    // Already removed, or not removable. A lock without a listening socket holds nothing.
  }
}
