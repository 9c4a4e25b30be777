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
 * Gives a file another name in the same file system, never another file's. rename() would replace a file that has the name;
 * link() fails if there is one. If there are no hard links (FAT), the name is taken by an empty file that nobody but root may
 * open, and the file is renamed over that.
 *
 * One moment is left open without hard links: what root, or anybody on a file system without modes, writes to that empty file
 * within the microseconds between the look at it and the rename, is lost. A copy to a name of its own would have no such moment,
 * but for as long as it takes everybody would see half of a file, and after a crash for good.
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
  unlinkSync(from);
  return true;
}

function moveWithoutLink(from: string, to: string): boolean {
  const stats = lstatSync(from);
  if (stats.isDirectory()) return taking(() => renameSync(from, to));
  if (!stats.isSymbolicLink()) return renameOverPlaceholder(from, to);
  const isFree = taking(() => symlinkSync(readlinkSync(from, { encoding: 'buffer' }), to));
  if (isFree) unlinkSync(from);
  return isFree;
}

function renameOverPlaceholder(from: string, to: string): boolean {
  let made: Stats | undefined;
  const isFree = taking(() => {
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

/** Whether something could be made under a name that nothing had. */
function taking(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EISDIR'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}
