import { randomUUID } from 'node:crypto';
import { lstatSync, readdirSync, type Stats, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldFolder } from './held-folder.ts';
import { currentUser } from './others.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const ENDING = new RegExp(`^\\.${UUID}\\.tmp$`);
/** Nothing that is temporary is written for so long. */
export const OLD_MS = 7 * 24 * 3600 * 1000;

/** What a file is called until it takes the place of another. */
export function temporaryName(name: string): string {
  return `.${name}.${randomUUID()}.tmp`;
}

/**
 * Removes what killed processes have left under such names: regular files of this user's with no other hard link, a week old.
 * As far as it can: a folder that cannot be listed is no trouble.
 *
 * @param now By the clock of the folder's file system, in milliseconds since 1970.
 * @returns their paths
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
