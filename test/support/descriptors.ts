import { readdirSync, readlinkSync } from 'node:fs';

/** What this process has open below a folder, by its path. Linux only. */
export function openBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return []; // The descriptor that readdir itself had.
    }
  });
}
