import { statSync } from 'node:fs';

/**
 * Whether `/proc/self/fd` is there, through which Node.js gets what openat and unlinkat give: a path that starts at
 * an open folder, wherever that folder has been moved to since.
 */
export const hasDescriptorPaths: boolean =
  process.platform === 'linux' &&
  statSync('/proc/self/fd', { throwIfNoEntry: false })?.isDirectory() === true;
