import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { systemCode } from '../errors.ts';

/**
 * Gives a file another name, never another file's. link() fails where something has the name already; rename() would
 * replace it. Where there are no hard links (FAT), or not to other people's files (protected_hardlinks), the name is looked
 * at first.
 *
 * @returns whether the name was free
 */
export function moveToFreeName(from: string, to: string): boolean {
  try {
    linkSync(from, to);
  } catch (error) {
    if (systemCode(error) === 'EEXIST' || lstatSync(to, { throwIfNoEntry: false })) return false;
    renameSync(from, to);
    return true;
  }
  unlinkSync(from);
  return true;
}
