import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Identity } from './identity.ts';
import { isOurDescriptor } from './source-file.ts';

/** O_WRONLY or O_RDWR in the octal flags of /proc/<pid>/fdinfo. */
const WRITABLE = 0o3;

/** Processes that open nothing for writing, as names in /proc. */
let harmless: ReadonlySet<string> = new Set();

/** Names processes of this program that need not be looked at: each has thousands of source files open for reading. */
export function overlookProcesses(pids: readonly number[]): void {
  harmless = new Set(pids.map(String));
}

/**
 * Of the given files, those that some process has open for writing or mapped writable and shared, as `dev:ino`. Looks
 * into /proc, which shows an ordinary user only processes of their own, and takes about 12 ms; elsewhere than on Linux
 * nothing is found.
 */
export function openForWriting(files: readonly Identity[]): ReadonlySet<string> {
  const wanted = new Set(files.map(nameOf));
  const found = new Set<string>();
  if (process.platform !== 'linux' || wanted.size === 0) return found;
  for (const pid of entriesOf('/proc')) {
    if (!/^\d+$/.test(pid) || harmless.has(pid)) continue;
    const isUs = Number(pid) === process.pid;
    for (const fd of entriesOf(`/proc/${pid}/fd`)) {
      // There can be thousands of them, and a look at one takes 5 µs.
      if (isUs && isOurDescriptor(fd)) continue;
      const name = openFile(`/proc/${pid}/fd/${fd}`);
      if (name !== undefined && wanted.has(name) && isWritable(`/proc/${pid}/fdinfo/${fd}`)) found.add(name);
    }
    for (const name of mappedWritable(pid)) if (wanted.has(name)) found.add(name);
  }
  return found;
}

/** The name under which `openForWriting` reports a file. */
export function nameOf({ dev, ino }: Pick<Identity, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Another user's process, or one that has ended meanwhile.
    return [];
  }
}

function openFile(link: string): string | undefined {
  try {
    return nameOf(statSync(link, { bigint: true }));
  } catch {
    return undefined;
  }
}

function isWritable(fdinfo: string): boolean {
  try {
    const [, flags = '0'] = /^flags:\s*([0-7]+)/m.exec(readFileSync(fdinfo, 'utf8')) ?? [];
    return (Number.parseInt(flags, 8) & WRITABLE) !== 0;
  } catch {
    return false;
  }
}

/** A mapping outlives the descriptor that it was made with. Lines: `address perms offset major:minor inode path`. */
function mappedWritable(pid: string): string[] {
  try {
    const maps = readFileSync(`/proc/${pid}/maps`, 'latin1');
    return [...maps.matchAll(/^\S+ .w.s \S+ ([0-9a-f]+):([0-9a-f]+) (\d+)/gm)].map(
      ([, major = '', minor = '', inode = '']) => nameOf({ dev: deviceOf(major, minor), ino: BigInt(inode) }),
    );
  } catch {
    return [];
  }
}

/** As glibc's makedev packs them for stat. */
function deviceOf(major: string, minor: string): bigint {
  const [high, low] = [BigInt(`0x${major}`), BigInt(`0x${minor}`)];
  return (
    ((high & 0xfff00000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn)
  );
}
