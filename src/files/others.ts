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
 * Whether the mode lets users other than the owner and root write. The group with the user's own number counts as the user, who
 * by convention is its only member. Access control lists are ignored.
 *
 * @param anyGroup Whether that group counts as others, too. Default false.
 */
export function othersMayWrite({ mode, gid }: Stats, user: number, anyGroup = false): boolean {
  const groupIsOthers = anyGroup || (gid !== user && gid !== 0);
  return (mode & OTHERS_WRITE) !== 0 || (groupIsOthers && (mode & GROUP_WRITES) !== 0);
}

/** Whether another user may put something into a folder, sticky or not, or write to a file. */
export function mayBeWrittenByOthers(stats: Stats, user: number): boolean {
  return !isOurs(stats.uid, user) || othersMayWrite(stats, user);
}

/**
 * Whether users other than this one and root may rename or replace an entry of a folder. In a sticky folder only the owners of
 * the folder and of the entry can.
 *
 * @param entry State of the entry; undefined if it does not exist.
 */
export function othersMayReplace(
  folder: Stats,
  entry: Pick<Stats, 'uid'> | undefined,
  user: number,
  anyGroup = false,
): boolean {
  if (!isOurs(folder.uid, user)) return true;
  const isProtected = (folder.mode & STICKY) !== 0 && entry !== undefined && isOurs(entry.uid, user);
  return othersMayWrite(folder, user, anyGroup) && !isProtected;
}

/** Formats permissions: `0755`. */
export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
