import { writeSync } from 'node:fs';

const NONE = new Uint8Array(0);
const OWN_FOLDERS: ReadonlySet<string> = new Set([
  '/dev/fd',
  `/proc/${process.pid}/fd`,
  `/proc/${process.pid}/task/${process.pid}/fd`,
]);

/**
 * The descriptor of this process for which an entry such as `/dev/fd/63` stands; undefined for an entry of another process.
 * To open it anew would begin at another place of a file than the process that shares it, and fails for a socket and for
 * another user's pipe.
 *
 * @throws the system's error if it is not open for writing
 */
export function ownDescriptor(folder: string, name: string): number | undefined {
  if (!OWN_FOLDERS.has(folder) || !/^\d+$/.test(name)) return undefined;
  const fd = Number(name);
  writeSync(fd, NONE);
  return fd;
}
