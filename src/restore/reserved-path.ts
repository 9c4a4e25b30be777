import { parseLockName } from '../lock/lock-folder.ts';
import { isClaimName } from '../source/claim-name.ts';
import { isTemporaryName } from './temporary-name.ts';

/**
 * Whether a path holds a name that is reserved: for claims, which a backup moves back into their folder if it finds them, for
 * temporary files of restores, and for the locks of runs. No backup stores such a path, and no restore creates one: whoever may
 * write to the bucket could else choose what a later backup takes for a claim.
 *
 * @param path `/`-separated; a folder's may end in a slash.
 */
export function isReservedPath(path: string): boolean {
  return path.includes('.s3-backup-') && path.split('/').some(isReservedName);
}

function isReservedName(name: string): boolean {
  return isClaimName(name) || isTemporaryName(name) || parseLockName(name) !== undefined;
}
