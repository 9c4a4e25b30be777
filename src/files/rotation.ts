import { lstatSync, mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { systemCode } from '../core/errors.ts';
import type { HeldFolder } from './held-folder.ts';

/** Age in milliseconds from which a lock counts as left by a killed process; a rotation takes milliseconds. */
const STALE_MS = 10_000;

/**
 * Renames a file to `<name>.1`, that one to `<name>.2`, and so on. If the file cannot be renamed (a mount, a folder that is not
 * writable), the older ones keep their names.
 *
 * @param count Number of older files to keep, 1 or more.
 * @throws the system's error
 */
export function shiftFiles(folder: HeldFolder, name: string, count: number): void {
  const aside = `${name}.0`;
  // A process that was killed has left it.
  if (lstatSync(folder.entry(aside), { throwIfNoEntry: false })) moveUp(folder, name, count);
  renameIfThere(folder, name, aside);
  try {
    moveUp(folder, name, count);
  } catch (error) {
    renameIfThere(folder, aside, name);
    throw error;
  }
}

function moveUp(folder: HeldFolder, name: string, count: number): void {
  for (let number = count; number > 0; number -= 1)
    renameIfThere(folder, `${name}.${number - 1}`, `${name}.${number}`);
}

function renameIfThere(folder: HeldFolder, from: string, to: string): void {
  try {
    renameSync(folder.entry(from), folder.entry(to));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/**
 * Runs `work` on a file while no other process that uses this function works on it.
 *
 * @returns whether `work` was run; false while another process is at work
 * @throws the system's error, also if the folder is not writable
 */
export function doAlone(folder: HeldFolder, name: string, work: () => void): boolean {
  const lock = folder.entry(`.${name}.lock`);
  try {
    mkdirSync(lock, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    removeIfStale(lock);
    return false;
  }
  try {
    work();
    return true;
  } finally {
    removeLock(lock);
  }
}

function removeIfStale(lock: string): void {
  const stats = lstatSync(lock, { throwIfNoEntry: false });
  if (stats && Math.abs(Date.now() - stats.mtimeMs) > STALE_MS) removeLock(lock);
}

function removeLock(lock: string): void {
  try {
    rmdirSync(lock);
  } catch {
    // Another process has removed it.
  }
}
