import { statSync } from 'node:fs';

/**
 * Whether `/proc/self/fd` exists. Through it Node.js can do what openat and unlinkat do: use a path that starts at an open
 * folder, wherever that folder has been moved.
 */
export const hasDescriptorPaths: boolean =
  process.platform === 'linux' &&
  statSync('/proc/self/fd', { throwIfNoEntry: false })?.isDirectory() === true;
