import { fchmodSync, fchownSync, type Stats } from 'node:fs';
import { currentUser } from './others.ts';

const PERMISSIONS = 0o777;
const GROUP_PERMISSIONS = 0o070;

/**
 * Gives a new file the mode and group of the file that it replaces and, for root, its owner. If the group cannot be set, the
 * new file's group gets no permissions, since these were meant for the old group.
 */
export function keepAttributes(fd: number, { mode, uid, gid }: Stats): void {
  const user = currentUser();
  if (user === undefined) return;
  let kept = mode & PERMISSIONS;
  try {
    fchownSync(fd, user === 0 ? uid : user, gid);
  } catch {
    kept &= ~GROUP_PERMISSIONS;
  }
  fchmodSync(fd, kept);
}
