import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const FOLDER = '/proc/self/fd';
/** The bits of a descriptor's flags that say whether it is open for reading, for writing, or both. */
const ACCESS = 0o3;
const WRITE_ONLY = 0o1;

/**
 * Whether a descriptor is the end of a pipe whose other end this process has, too. Node.js has such pipes for its own signals;
 * a program that is given a pipe has one end of it. False on systems without /proc.
 */
export function isInnerPipe(fd: number): boolean {
  try {
    const pipe = readlinkSync(`${FOLDER}/${fd}`);
    return readdirSync(FOLDER).some((other) => isOtherEnd(Number(other), fd, pipe));
  } catch {
    return false;
  }
}

function isOtherEnd(other: number, fd: number, pipe: string): boolean {
  try {
    if (other === fd || readlinkSync(`${FOLDER}/${other}`) !== pipe) return false;
    const [, flags = ''] =
      /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${other}`, 'utf8')) ?? [];
    return (Number.parseInt(flags, 8) & ACCESS) !== WRITE_ONLY;
  } catch {
    // The descriptor with which the folder was read is closed by now.
    return false;
  }
}
