import { accessSync, constants } from 'node:fs';
import { systemCode } from '../core/errors.ts';

/**
 * Whether an entry is on a read-only file system or mount, so that no user, not even root, can write to it by this path. On a
 * read-only bind mount, Linux tells this only to users whom the mode permits to write, and to root; for others it is false.
 */
export function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return systemCode(error) === 'EROFS';
  }
}
