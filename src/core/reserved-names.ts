/** The folder below a prefix that is the program's own, for what it stores about its runs. */
export const OWN_FOLDER = '.s3-backup/';

/** Whether a path below the prefix is, or its key would be, the program's own. */
export function isOwnPath(path: string): boolean {
  return path.startsWith(OWN_FOLDER);
}

/** What the name of every claim begins with: a file that was moved aside before its deletion, or the folder of such files. */
export const CLAIM_PREFIX = '.s3-backup-claim-';

/** Whether a name is reserved for claims, whatever program made the file. */
export function isClaimName(name: string): boolean {
  return name.startsWith(CLAIM_PREFIX);
}

/** What the name of a file begins with that a restore has not completed. */
export const TEMPORARY_PREFIX = '.s3-backup-restore-';
/** Hex digits behind the prefix. */
export const TEMPORARY_DIGITS = 24;
const TEMPORARY_NAME = new RegExp(`^\\.s3-backup-restore-[0-9a-f]{${TEMPORARY_DIGITS}}$`);

/** Whether a name is one that restores give to a file that is not complete yet. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/** What the name of every lock's folder begins with. */
export const LOCK_PREFIX = '.s3-backup-lock-';
/** A lock's folder: 8 hex digits that stand for the boot of its machine, and 12 that no other lock has. */
export const LOCK_NAME = /^\.s3-backup-lock-([0-9a-f]{8})-([0-9a-f]{12})$/;

/**
 * Whether a path holds a name that is reserved: for claims, which a backup moves back into their folder if it finds them, for
 * temporary files of restores, and for the locks of runs. No backup stores such a path, and no restore creates one: a user who may
 * write to the bucket could else choose what a later backup takes for a claim.
 *
 * @param path `/`-separated; a folder's may end in a slash.
 */
export function isReservedPath(path: string): boolean {
  return path.includes('.s3-backup-') && path.split('/').some(isReservedName);
}

function isReservedName(name: string): boolean {
  return isClaimName(name) || isTemporaryName(name) || LOCK_NAME.test(name);
}
