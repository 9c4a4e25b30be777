import type { Identity } from './identity.ts';
import type { ProcReader, ProcResult } from './proc-reader.ts';

/** What identifies a file on whatever file system it is seen through. */
export type FileMark = Pick<Identity, 'dev' | 'ino' | 'size' | 'mtimeNs'>;

export interface LookRequest {
  readonly files: readonly FileMark[];
  /** Descriptors of this process that are open for reading only, as numbers in text. */
  readonly ours: readonly string[];
  /** IDs of processes that open nothing for writing. */
  readonly overlooked: readonly number[];
  /** Time limit in milliseconds. Default: none. */
  readonly atMostMs?: number;
}

/**
 * Looks once for everything that can write to the files: open descriptors and shared mappings of all processes that /proc shows
 * to this user, and loop devices. Descriptors that are open for reading only do not count.
 *
 * A helper thread runs this function from its source text, so it uses nothing outside of itself.
 *
 * @returns indices of the files that something can write to
 * @throws Error if the look could not be completed: the system's error, for example EMFILE, or the time limit
 */
export function lookForWriters(request: LookRequest, proc: ProcReader): number[] {
  const { files, ours, overlooked, atMostMs = Number.POSITIVE_INFINITY } = request;
  /** Most times that processes are listed while some end before they are inspected. */
  const LISTINGS = 10;
  /** Table size, in descriptors, up to which the table is inspected again for every thread of a process. */
  const SMALL_TABLE = 16;
  const STANDARD = ['0', '1', '2'];

  const { statSync } = process.getBuiltinModule('node:fs');
  const inodes = new Set(files.map(({ ino }) => Number(ino)));
  const found = new Set<number>();
  const self = proc.linkOf('/proc/self');
  const begin = performance.now();

  lookAtProcesses();
  // Loop devices come last, since a file that is attached meanwhile passes from a process to the kernel.
  lookAtLoopDevices();
  return [...found];

  /**
   * Inspects all processes. If a process ends before it is inspected, one that is listed later may have inherited its files.
   */
  function lookAtProcesses(): void {
    // In the /proc of another PID namespace the same IDs are other processes.
    const seen = new Set(self === `${process.pid}` ? overlooked.map(String) : []);
    for (let listing = 0, isWhole = false; listing < LISTINGS && !isWhole; listing++) {
      // One listing is not enough: a new process may get a lower number than those already listed.
      isWhole = listing > 0;
      for (const pid of proc.entriesOf('/proc') ?? []) {
        if (!/^\d+$/.test(pid) || seen.has(pid)) continue;
        seen.add(pid);
        if (!lookAtProcess(pid)) isWhole = false;
      }
    }
  }

  /** @returns false if the process has ended; a kernel thread looks the same */
  function lookAtProcess(pid: string): boolean {
    const program = proc.linkOf(`/proc/${pid}/exe`);
    if (program === 'refused') return true;
    const threads = (proc.statOf(`/proc/${pid}/task`)?.nlink ?? 0) - 2;
    // The main thread can end before the others.
    if (program === 'gone' && threads <= 1) return false;
    const folder = `/proc/${pid}/fd`;
    const known = new Set(pid === self ? ours : []);
    const table = proc.visitAll(folder, known, (descriptor) => lookAtDescriptor(`${folder}/${descriptor}`));
    if (table === undefined) return false;
    // Threads of Node.js have no tables of their own.
    if (threads > 1 && pid !== self) lookAtThreads(pid, table);
    return lookAtMappings(pid);
  }

  /** @returns false if the descriptor is closed */
  function lookAtDescriptor(link: string): boolean {
    const file = fileAt(link);
    if (typeof file === 'number' && proc.isWritable(link)) found.add(file);
    return file !== 'gone';
  }

  /**
   * Inspects the threads of a process. A thread may have a descriptor table of its own (CLONE_FILES), and nothing in /proc
   * tells. A large table counts as shared if its last descriptor is the same file; then only the descriptors that the process
   * lacks are inspected.
   */
  function lookAtThreads(pid: string, table: ReadonlySet<string>): void {
    const last = [...table].at(-1);
    proc.visitAll(`/proc/${pid}/task`, new Set([pid]), (tid) => {
      const own = `/proc/${pid}/task/${tid}/fd`;
      const isShared = table.size > SMALL_TABLE && areSame(`${own}/${last}`, `/proc/${pid}/fd/${last}`);
      // Since Linux 6.2 the folder's size is the number of descriptors; before, it is 0.
      const hasNoOther = isShared && proc.statOf(own)?.size === table.size;
      const descriptors = hasNoOther ? STANDARD : proc.entriesOf(own);
      for (const descriptor of descriptors ?? []) {
        const isKnown = isShared && table.has(descriptor) && !STANDARD.includes(descriptor);
        if (!isKnown) lookAtDescriptor(`${own}/${descriptor}`);
      }
      return descriptors !== undefined;
    });
  }

  function areSame(one: string, other: string): boolean {
    const [a, b] = [proc.statOf(one), proc.statOf(other)];
    return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
  }

  /**
   * Inspects the shared mappings of a process; a mapping outlives its descriptor. All threads of a process have the same
   * mappings, but a main thread that has ended has none.
   */
  function lookAtMappings(pid: string): boolean {
    if (lookAtMappingsOf(pid)) return true;
    return proc.entriesOf(`/proc/${pid}/task`)?.some((tid) => tid !== pid && lookAtMappingsOf(tid)) ?? false;
  }

  /** @returns false if the thread has ended */
  function lookAtMappingsOf(tid: string): boolean {
    const maps = proc.contentOf(`/proc/${tid}/maps`);
    if (typeof maps === 'string' || maps.length === 0) return maps === 'refused';
    // Most processes have no shared mappings.
    if (!maps.includes('-s ') && !maps.includes('xs ')) return true;
    const lines = /^0*(\S+-)0*(\S+) .(.).s \S+ (\S+):(\S+) (\d+) *(.*)$/gm;
    for (const [, start, end, write, ...named] of maps.toString('latin1').matchAll(lines)) {
      // Older kernels show another inode on overlay, too, so its number only allows read-only mappings to be skipped.
      if (write !== 'w' && !inodes.has(Number(named[2]))) continue;
      const link = `/proc/${tid}/map_files/${start}${end}`;
      const followed = fileAt(link);
      const file = followed === 'refused' ? fileNamed(named) : followed;
      // A read-only mapping can become writable if its file was opened for writing (mprotect).
      if (typeof file === 'number' && (write === 'w' || proc.isWritable(link))) found.add(file);
    }
    return true;
  }

  /**
   * Finds the file that a line of `maps` names, if only root may follow the mapping. On btrfs and overlay its device differs
   * from that of stat. Then the path decides, or, if it leads nowhere, the inode number alone.
   */
  function fileNamed([major = '', minor = '', inode = '', path = '']: readonly string[]):
    | ProcResult<number>
    | 'other' {
    const candidates = [...files.keys()].filter((index) => files[index]?.ino === BigInt(inode));
    const exact = candidates.find((index) => files[index]?.dev === deviceOf(major, minor));
    const [similar = 'other'] = candidates;
    if (exact !== undefined || similar === 'other') return exact ?? similar;
    const file = fileAt(Buffer.from(path.replaceAll('\\012', '\n'), 'latin1'));
    return file === 'gone' || file === 'refused' ? similar : file;
  }

  /** Makes a device number from its parts, as glibc's makedev packs it for stat. */
  function deviceOf(...hex: [major: string, minor: string]): bigint {
    const [major, minor] = hex.map((number) => BigInt(`0x${number}`)) as [bigint, bigint];
    const upper = ((major & 0xfffff000n) << 32n) | ((minor & 0xffffff00n) << 12n);
    return upper | ((major & 0xfffn) << 8n) | (minor & 0xffn);
  }

  /**
   * Inspects loop devices: the kernel itself holds the file behind one. It holds swap files as well, but nobody can rename
   * those.
   */
  function lookAtLoopDevices(): void {
    for (const device of proc.entriesOf('/sys/block') ?? []) {
      if (!device.startsWith('loop')) continue;
      const path = proc.contentOf(`/sys/block/${device}/loop/backing_file`);
      const isReadOnly = proc.contentOf(`/sys/block/${device}/ro`).toString().startsWith('1');
      if (typeof path === 'string' || isReadOnly) continue;
      const file = fileAt(path.subarray(0, -1));
      if (typeof file === 'number') found.add(file);
    }
  }

  /**
   * The index of the file at a path; `other` if it is none of the files, `gone` if there is no file, `refused` if its file
   * system does not tell. Such a file system has none of the files.
   */
  function fileAt(path: string | Buffer): ProcResult<number> | 'other' {
    if (performance.now() - begin > atMostMs)
      throw new Error(`looking for writers took longer than ${atMostMs} ms`);
    try {
      // Numbers are cheaper than bigints and nearly always suffice.
      const rough = statSync(path, { throwIfNoEntry: false });
      if (rough !== undefined && !inodes.has(rough.ino)) return 'other';
      const exact = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (exact === undefined) return 'gone';
      const { dev, ino, size, mtimeNs } = exact;
      const same = files.findIndex((file) => file.dev === dev && file.ino === ino);
      if (same >= 0) return same;
      // Seen through another file system (overlay, bindfs), a file has another device, but often the same inode, size and
      // mtime.
      const seenThrough = files.findIndex(
        (file) => file.ino === ino && file.size === size && file.mtimeNs === mtimeNs,
      );
      return seenThrough >= 0 ? seenThrough : 'other';
    } catch {
      return 'refused';
    }
  }
}
