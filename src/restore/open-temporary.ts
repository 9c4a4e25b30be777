import { closeSync, constants, fstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import { systemCode } from '../core/errors.ts';
import { mayBeWrittenByOthers } from '../files/others.ts';
import type { SourceFolder } from '../source/source-folder.ts';

const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** Mode of a file whose ranges are being written, in any order. */
export const IN_WORK = 0o600;
/** Mode of a partial file without gaps. On a file system without modes, more of the file is downloaded again. */
export const WITHOUT_GAPS = 0o700;

/**
 * Opens the temporary file of an earlier run: a regular file of this user, with no other name, that nobody else can access.
 *
 * In a folder that others may write to nothing is resumed: they could have moved another file of this user to this name, and
 * this program would overwrite it.
 *
 * @returns undefined if there is no such file
 */
export function openOwn(folder: SourceFolder, entry: string): number | undefined {
  const user = process.geteuid?.();
  if (user !== undefined && mayBeWrittenByOthers(statSync(folder.entry('.')), user)) return undefined;
  let fd: number;
  try {
    fd = openSync(entry, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined;
  }
  const stats = fstatSync(fd);
  const isOwn = stats.uid === user && (stats.mode & 0o077) === 0;
  if (stats.isFile() && stats.nlink === 1 && (isOwn || process.platform === 'win32')) return fd;
  closeSync(fd);
  return undefined;
}

/** Creates the temporary file. Anything that has its name, which is rare, is removed first. @throws the system's error */
export function create(entry: string): number {
  const openNew = () => openSync(entry, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, IN_WORK);
  try {
    return openNew();
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    unlinkIfThere(entry);
    return openNew();
  }
}

/** Removes a file if there is one. @throws the system's error */
export function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
