/** Folder below a prefix where the program stores records of its runs. */
export const OWN_FOLDER = '.s3-backup/';

/** Whether a path below the prefix lies in the program's own folder. */
export function isOwnPath(path: string): boolean {
  return path.startsWith(OWN_FOLDER);
}

/** Beginning of the name of every claim: a file that was moved aside before its deletion, or the folder of such files. */
export const CLAIM_PREFIX = '.s3-backup-claim-';

/** Whether a name is reserved for claims, whichever program made the file. */
export function isClaimName(name: string): boolean {
  return name.startsWith(CLAIM_PREFIX);
}

/** Beginning of the name of a file that a restore has not completed. */
export const TEMPORARY_PREFIX = '.s3-backup-restore-';
/** Number of hex digits behind that beginning. */
export const TEMPORARY_DIGITS = 24;
const TEMPORARY_NAME = new RegExp(`^\\.s3-backup-restore-[0-9a-f]{${TEMPORARY_DIGITS}}$`);

/** Whether a name is that of a file that a restore has not completed. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/** Beginning of the name of every lock folder. */
export const LOCK_PREFIX = '.s3-backup-lock-';
/** Name of a lock folder: 8 hex digits that identify the boot of its machine, and 12 that no other lock has. */
export const LOCK_NAME = /^\.s3-backup-lock-([0-9a-f]{8})-([0-9a-f]{12})$/;

/**
 * Whether a path contains a reserved name: that of a claim, of a restore's temporary file, or of a lock. No backup stores such
 * a path, and no restore creates one: a user who may write to the bucket could otherwise plant a file that a later backup takes
 * for a claim.
 *
 * @param path `/`-separated; the path of a folder may end in a slash.
 */
export function isReservedPath(path: string): boolean {
  return path.includes('.s3-backup-') && path.split('/').some(isReservedName);
}

function isReservedName(name: string): boolean {
  return isClaimName(name) || isTemporaryName(name) || LOCK_NAME.test(name);
}
