import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SourceRoot } from './root.ts';

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * Why a move out of this source cannot be trusted: somebody else than root and the user of this process may rename a
 * folder on the way to it, and so put another in its place before the next run. In a sticky folder (`/tmp`) only the
 * owner of an entry can. A group of which the user is by convention the only member (its number is the user's own) is
 * the user. Undefined when all is well, and on Windows, which has no owners and modes of this kind.
 */
export function untrustedFolder(root: SourceRoot): string | undefined {
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  let child = root.path;
  for (let folder = dirname(child); folder !== child; child = folder, folder = dirname(folder)) {
    const reason = whoElseRenames(folder, child, user);
    if (reason) return `${folder} ${reason}`;
  }
  return undefined;
}

function whoElseRenames(folder: string, child: string, user: number): string | undefined {
  const stats = statSync(folder);
  const isPinned =
    isOurs(stats.uid, user) && (stats.mode & STICKY) !== 0 && isOurs(statSync(child).uid, user);
  return isPinned ? undefined : whoElseWrites(stats, user);
}

/**
 * Why somebody else than root and this user may put files into a folder, sticky or not; undefined if nobody else may.
 *
 * @param user The number of the user of this process.
 */
export function whoElseWrites(
  { uid, gid, mode }: Pick<Stats, 'uid' | 'gid' | 'mode'>,
  user: number,
): string | undefined {
  if (!isOurs(uid, user)) return `belongs to user ${uid}, who is neither root nor you`;
  const groupMay = (mode & GROUP_WRITES) !== 0 && gid !== user && gid !== 0;
  return groupMay || (mode & OTHERS_WRITE) !== 0
    ? `may be written to by others (mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`
    : undefined;
}

function isOurs(owner: number, user: number): boolean {
  return owner === user || owner === 0;
}
