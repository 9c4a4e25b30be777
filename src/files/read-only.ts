import { accessSync, constants } from 'node:fs';
import { systemCode } from '../core/errors.ts';

/**
 * Whether an entry is on a read-only file system or mount, so that no user, not even root, can write to it by this path. For a
 * read-only bind mount, Linux reports this only to root and to users whom the mode permits to write; for others the result is
 * false.
 */
export function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return systemCode(error) === 'EROFS';
  }
}
