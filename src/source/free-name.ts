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
import { systemCode } from '../errors.ts';
import { copyToFreeName } from './exclusive-copy.ts';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;

export interface Moving {
  /**
   * Whether some process has the file open for writing: a copy would not get what it writes next. Asked only where the file
   * would be copied.
   */
  readonly isOpenForWriting: () => boolean | Promise<boolean>;
}

/**
 * Gives a file another name in the same file system, never another file's. rename() would replace a file that has the name;
 * link() fails where there is one. Where there are no hard links (FAT) the file is copied to a name that is created for it
 * alone, which takes its size in free space.
 *
 * One moment is left open: a file that some process is writing to, or whose owner this user cannot give to a copy
 * (protected_hardlinks), is renamed over an empty file that holds the name for it. Whoever writes over that empty file within
 * the microseconds between the last look at it and the rename, loses that.
 *
 * @returns whether the name was free
 * @throws the system's error, or SourceError where the file changed while it was copied
 */
export async function moveToFreeName(from: string, to: string, moving: Moving): Promise<boolean> {
  try {
    linkSync(from, to);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    return moveWithoutLink(from, to, moving);
  }
  unlinkSync(from);
  return true;
}

async function moveWithoutLink(from: string, to: string, { isOpenForWriting }: Moving): Promise<boolean> {
  const stats = lstatSync(from);
  if (stats.isDirectory()) return taking(() => renameSync(from, to));
  const isCopied = stats.isFile() && canKeepOwner(stats) && !(await isOpenForWriting());
  if (!isCopied && !stats.isSymbolicLink()) return renameOverPlaceholder(from, to);
  const isFree = stats.isFile()
    ? await copyToFreeName(from, to)
    : taking(() => symlinkSync(readlinkSync(from, { encoding: 'buffer' }), to));
  if (isFree) unlinkSync(from);
  return isFree;
}

/** Only root can give a file to somebody else. */
function canKeepOwner({ uid }: Stats): boolean {
  const user = process.geteuid?.();
  return user === undefined || user === 0 || user === uid;
}

function renameOverPlaceholder(from: string, to: string): boolean {
  let placeholder = -1;
  const isFree = taking(() => {
    placeholder = openSync(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0);
  });
  if (!isFree) return false;
  try {
    if (!isUntouched(lstatSync(to), fstatSync(placeholder))) return false;
    renameSync(from, to);
    return true;
  } finally {
    closeSync(placeholder);
  }
}

function isUntouched(named: Stats, made: Stats): boolean {
  return named.ino === made.ino && named.dev === made.dev && named.size === 0;
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
