import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  type Stats,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { systemCode } from '../core/errors.ts';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;

/**
 * Renames a file within its file system, and never replaces another file. rename() would replace a file that has the name;
 * link() fails if there is one. Without hard links (FAT), an empty file that only root may open takes the name first, and the
 * file is renamed over it.
 *
 * Without hard links one moment stays unprotected. If root, or any process on a file system without modes, writes to the empty
 * file within the microseconds between the last check and the rename, that content is lost. A copy under the final name would
 * have no such moment, but other programs would see half of a file for as long as the copy takes, and after a crash for good.
 *
 * @returns whether the name was free
 * @throws the system's error
 */
export function moveToFreeName(from: string, to: string): boolean {
  try {
    linkSync(from, to);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    return moveWithoutLink(from, to);
  }
  // Another process that moves the same file may have removed the old name.
  unlinkIfThere(from);
  return true;
}

/** Removes the name of a file unless it is gone already. @throws the system's error */
export function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

function moveWithoutLink(from: string, to: string): boolean {
  const stats = lstatSync(from);
  if (stats.isDirectory()) return unlessTaken(() => renameSync(from, to));
  if (!stats.isSymbolicLink()) return renameOverPlaceholder(from, to);
  const isFree = unlessTaken(() => symlinkSync(readlinkSync(from, { encoding: 'buffer' }), to));
  if (isFree) unlinkSync(from);
  return isFree;
}

function renameOverPlaceholder(from: string, to: string): boolean {
  let made: Stats | undefined;
  const isFree = unlessTaken(() => {
    const placeholder = openSync(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0);
    made = fstatSync(placeholder);
    closeSync(placeholder);
  });
  if (!isFree || made === undefined) return false;
  try {
    if (!isUntouched(to, made)) return false;
    renameSync(from, to);
    return true;
  } catch (error) {
    if (isUntouched(to, made)) unlinkSync(to);
    throw error;
  }
}

function isUntouched(path: string, made: Stats): boolean {
  const named = lstatSync(path, { throwIfNoEntry: false });
  return named?.ino === made.ino && named.dev === made.dev && named.size === 0;
}

/** Runs `make`. @returns false if the name that it wants is taken */
function unlessTaken(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EISDIR'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}
