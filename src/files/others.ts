import type { Stats } from 'node:fs';

const OTHERS_WRITE = 0o002;
const GROUP_WRITES = 0o020;
const STICKY = 0o1000;

/** The effective user id; undefined on Windows, which has no owners and modes of this kind. */
export const currentUser = (): number | undefined => process.geteuid?.();

/** Whether an owner is the user, or root, who may do anything anyway. */
export function isOurs(uid: number, user: number): boolean {
  return uid === user || uid === 0;
}

/**
 * Whether the mode lets anybody but the user and root write. A group whose number is the user's own counts as the user, who
 * by convention is its only member. Access control lists are ignored.
 *
 * @param anyGroup Whether even that group counts as others. Default false.
 */
export function othersMayWrite({ mode, gid }: Stats, user: number, anyGroup = false): boolean {
  const groupIsOthers = anyGroup || (gid !== user && gid !== 0);
  return (mode & OTHERS_WRITE) !== 0 || (groupIsOthers && (mode & GROUP_WRITES) !== 0);
}

/** Whether somebody else may put something into a folder, sticky or not, or write to a file. */
export function mayBeWrittenByOthers(stats: Stats, user: number): boolean {
  return !isOurs(stats.uid, user) || othersMayWrite(stats, user);
}

/**
 * Whether anybody but the user and root may rename or replace an entry of a folder. In a sticky folder only the owner of
 * the folder and the owner of the entry can.
 *
 * @param entry Undefined for one that does not exist.
 */
export function othersMayReplace(
  folder: Stats,
  entry: Stats | undefined,
  user: number,
  anyGroup = false,
): boolean {
  if (!isOurs(folder.uid, user)) return true;
  const isProtected = (folder.mode & STICKY) !== 0 && entry !== undefined && isOurs(entry.uid, user);
  return othersMayWrite(folder, user, anyGroup) && !isProtected;
}

/** Permissions as text: `0755`. */
export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
