import { randomUUID } from 'node:crypto';
import { lstatSync, readdirSync, type Stats, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldFolder } from './held-folder.ts';
import { currentUser } from './others.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const ENDING = new RegExp(`^\\.${UUID}\\.tmp$`);
/** Age in milliseconds from which a temporary file or folder is a leftover: no process writes one for a week. */
export const OLD_MS = 7 * 24 * 3600 * 1000;

/** Makes the temporary name of a file that will replace another. */
export function temporaryName(name: string): string {
  return `.${name}.${randomUUID()}.tmp`;
}

/**
 * Removes temporary files of one output that killed processes left: regular files of this user, with one hard link, and at
 * least a week old. Ignores failures.
 *
 * @param now Milliseconds since 1970, by the clock of the folder's file system.
 * @returns the paths of the removed files
 */
export function removeLeftFiles(folder: HeldFolder, name: string, now: number): string[] {
  try {
    const isTemporary = (entry: string) =>
      entry.startsWith(`.${name}.`) && ENDING.test(entry.slice(name.length + 1));
    const left = readdirSync(folder.entry('.'))
      .filter(isTemporary)
      .filter((entry) => isLeft(lstatSync(folder.entry(entry)), now));
    for (const entry of left) unlinkSync(folder.entry(entry));
    return left.map((entry) => join(folder.path, entry));
  } catch {
    return [];
  }
}

function isLeft(stats: Stats, now: number): boolean {
  const isOurs = stats.uid === (currentUser() ?? stats.uid);
  return stats.isFile() && stats.nlink === 1 && isOurs && now - stats.mtimeMs >= OLD_MS;
}
