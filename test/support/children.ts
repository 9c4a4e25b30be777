import { readdirSync, readFileSync } from 'node:fs';

/** The processes that a run in this process, or in the one given, has its work done by. Linux. */
export function childrenOf(parent: number = process.pid): number[] {
  return ourChildren()
    .filter(({ ppid }) => ppid === parent)
    .map(({ pid }) => pid);
}

/** Which of these processes are still there; one whose parent is gone as well. */
export function stillRunning(pids: readonly number[]): number[] {
  return ourChildren()
    .map(({ pid }) => pid)
    .filter((pid) => pids.includes(pid));
}

function ourChildren(): { readonly pid: number; readonly ppid: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isOurs(name))
    .map((name) => ({ pid: Number(name), ppid: parentOf(name) }));
}

function isOurs(pid: string): boolean {
  return /processes\/child\.[jt]s|s3-backup-child\.js/.test(read(pid, 'cmdline'));
}

function parentOf(pid: string): number {
  const stat = read(pid, 'stat');
  // The name before it, in parentheses, may hold anything.
  const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(ppid);
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}
