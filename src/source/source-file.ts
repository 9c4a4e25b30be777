/** The room `source` walks a folder, reads exactly one file, and removes exactly that file. */
import { type BigIntStats, constants, lstatSync, readlinkSync } from 'node:fs';
import { systemCode } from '../core/errors.ts';
import { type Calls, callNow, close, fstat, lstat, open } from '../files/calls.ts';
import { type Identity, identityOf } from './identity.ts';
import { processState } from './process-state.ts';
import type { SourceRoot } from './root.ts';
import { SourceError, sourceErrorFrom } from './source-error.ts';
import { openSourceFolder, type SourceFolder } from './source-folder.ts';

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOATIME = 0 } = constants;
const { ownDescriptors } = processState;

/**
 * Flags to open a symbolic link itself: O_PATH, for which Node.js has no name, with O_NOFOLLOW on Linux; O_SYMLINK on macOS.
 */
export const O_LINK: number | undefined =
  process.platform === 'linux' ? 0o10000000 | O_NOFOLLOW : constants.O_SYMLINK;

/** Identifies a file of the source. */
export interface SourcePath {
  readonly root: SourceRoot;
  /** Relative to the root, `/`-separated. */
  readonly path: string;
  /** For a symbolic link: `follow` means the file that it points to, `store` the link itself. Default: links are refused. */
  readonly link?: 'follow' | 'store' | undefined;
}

function flagsFor(link: SourcePath['link']): number {
  if (link !== 'store') return O_RDONLY | (link === 'follow' ? 0 : O_NOFOLLOW) | O_NONBLOCK;
  if (O_LINK !== undefined) return O_LINK;
  throw new SourceError('SYMBOLIC_LINK', 'a symbolic link, which cannot be opened itself on this system');
}

/** Errors of a system that does not permit it, and of file systems that do not know the flag. */
const REFUSALS: ReadonlySet<string> = new Set(['EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

/**
 * Opens a file for reading and leaves its access time alone if the system permits that: to the owner and to root (Linux).
 * After a refusal the other files of the folder are opened without a try, since they probably have the same owner.
 */
function* openQuietly(folder: SourceFolder, name: string, flags: number): Calls<number> {
  const path = folder.entry(name);
  if (O_NOATIME === 0 || folder.refusesQuietReads) return yield* open(path, flags);
  try {
    return yield* open(path, flags | O_NOATIME);
  } catch (error) {
    if (!REFUSALS.has(systemCode(error) ?? '')) throw error;
    folder.refusesQuietReads = true;
    return yield* open(path, flags);
  }
}

/** Reads the target of an open link. Node.js reads links by their names only, so the name must still lead to the open link. */
function targetOf(path: string, opened: BigIntStats): Buffer {
  if (opened.isSymbolicLink()) {
    const target = readlinkSync(path, { encoding: 'buffer' });
    const { dev, ino } = lstatSync(path, { bigint: true });
    if (dev === opened.dev && ino === opened.ino) return target;
  }
  throw new SourceError('FILE_CHANGED', 'the link was replaced while it was read');
}

/** One regular file, held open (which pins its inode number) until its item is settled. */
export class SourceFile {
  /** Path of the source folder. */
  readonly root: string;
  readonly folder: SourceFolder;
  /** Name of the file in its folder. */
  readonly name: string;
  readonly fd: number;
  /** State of the file when it was opened. */
  readonly identity: Identity;
  /** Target of a symbolic link that is stored as itself; undefined for any other file. */
  readonly target: Buffer | undefined;
  #isClosed = false;
  #hasFolder = true;

  private constructor(
    root: string,
    folder: SourceFolder,
    name: string,
    fd: number,
    identity: Identity,
    target?: Buffer,
  ) {
    this.root = root;
    this.folder = folder;
    this.name = name;
    this.fd = fd;
    this.identity = identity;
    this.target = target;
    ownDescriptors.add(String(fd));
  }

  /**
   * Opens a file. Follows no link at any level, except a link that is to be followed itself, and does not wait for the other
   * end of a FIFO. A link that is to be stored is opened and read itself; the target of a link never changes.
   *
   * @throws SourceError if there is no readable regular file inside the root
   */
  static open(path: SourcePath): SourceFile {
    return callNow(SourceFile.opening(path));
  }

  /** The same as `open`, as calls that have not been made yet. */
  static *opening({ root, path, link }: SourcePath): Calls<SourceFile> {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const folder = openSourceFolder(root, slash < 0 ? '' : path.slice(0, slash));
    let fd: number | undefined;
    try {
      fd =
        link === 'store'
          ? yield* open(folder.entry(name), flagsFor(link))
          : yield* openQuietly(folder, name, flagsFor(link));
      const stats = yield* fstat(fd);
      if (link === 'store') {
        const target = targetOf(folder.entry(name), stats);
        return new SourceFile(root.path, folder, name, fd, identityOf(stats), target);
      }
      if (stats.isDirectory())
        throw new SourceError('IS_A_FOLDER', 'it is a folder; list the files in it instead');
      if (!stats.isFile()) throw new SourceError('SPECIAL_FILE', 'a FIFO, socket or device');
      return new SourceFile(root.path, folder, name, fd, identityOf(stats));
    } catch (error) {
      if (fd !== undefined) yield* close(fd);
      folder.close();
      throw sourceErrorFrom(error);
    }
  }

  /** State of the opened file at this moment, through its descriptor, whatever its name leads to. */
  identityNow(): Identity {
    return callNow(this.stateNow());
  }

  /** The same as `identityNow`, as a call that has not been made yet. */
  *stateNow(): Calls<Identity> {
    return identityOf(yield* fstat(this.fd));
  }

  /** State of the entry that has the file's name at this moment; undefined if there is none, or if its folder was moved. */
  identityUnderName(): Identity | undefined {
    return this.folder.inPlace() ? callNow(this.stateInFolder()) : undefined;
  }

  /** State of the entry that has the file's name in the open folder, wherever that was moved; undefined if there is none. */
  *stateInFolder(): Calls<Identity | undefined> {
    const stats = yield* lstat(this.entryPath);
    return stats && identityOf(stats);
  }

  /** The path that addresses the file's name in its folder, through the folder's descriptor if there is one. */
  get entryPath(): string {
    return this.folder.entry(this.name);
  }

  /** Whether the descriptor is open and has not been handed over. */
  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Hands the descriptor over to the caller, who closes it; `close` then closes only the folder. */
  giveUpDescriptor(): number {
    this.#isClosed = true;
    ownDescriptors.delete(String(this.fd));
    return this.fd;
  }

  close(): void {
    callNow(this.closing());
  }

  /** The same as `close`, as a call that has not been made yet. */
  *closing(): Calls<void> {
    if (!this.#isClosed) yield* close(this.giveUpDescriptor());
    if (this.#hasFolder) this.folder.close();
    this.#hasFolder = false;
  }
}
