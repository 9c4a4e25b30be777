import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { currentUser, isOurs, octal, othersMayReplace } from '../files/others.ts';
import type { SourceRoot } from './root.ts';

/**
 * Reason why a move out of this source cannot be trusted; undefined if it can. The reason: a user other than root and the user
 * of this process may rename a folder on the path, and so put another one in its place before the next run. Always undefined on
 * Windows, which has no owners and modes of this kind.
 */
export function untrustedFolder(root: SourceRoot): string | undefined {
  const user = currentUser();
  if (user === undefined) return undefined;
  let child = root.path;
  for (let folder = dirname(child); folder !== child; child = folder, folder = dirname(folder)) {
    const reason = whyOthersMayReplace(folder, child, user);
    if (reason) return `${folder} ${reason}`;
  }
  return undefined;
}

function whyOthersMayReplace(folder: string, child: string, user: number): string | undefined {
  const stats = statSync(folder);
  if (!isOurs(stats.uid, user)) return `belongs to user ${stats.uid}, who is neither root nor you`;
  return othersMayReplace(stats, statSync(child), user)
    ? `may be written to by others (mode ${octal(stats.mode)})`
    : undefined;
}
