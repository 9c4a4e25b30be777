import { writeSync } from 'node:fs';

const NONE = new Uint8Array(0);
const OWN_FOLDERS: ReadonlySet<string> = new Set([
  '/dev/fd',
  `/proc/${process.pid}/fd`,
  `/proc/${process.pid}/task/${process.pid}/fd`,
]);

/**
 * The descriptor of this process that an entry such as `/dev/fd/63` stands for; undefined if it belongs to another process.
 * Opening the entry again would use a position of its own in a file, apart from the process that shares the descriptor, and
 * fails for a socket and for another user's pipe.
 *
 * @throws the system's error if the descriptor is not open for writing
 */
export function ownDescriptor(folder: string, name: string): number | undefined {
  if (!OWN_FOLDERS.has(folder) || !/^\d+$/.test(name)) return undefined;
  const fd = Number(name);
  writeSync(fd, NONE);
  return fd;
}
