import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { hasDescriptorPaths } from '../files/descriptor-paths.ts';
import { type Identity, identityOf } from './identity.ts';
import { processState } from './process-state.ts';
import { absolutePath, type SourceRoot } from './root.ts';
import { SourceError, sourceErrorFrom } from './source-error.ts';

const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const { openFolders, ownDescriptors } = processState;

/** Opens a symbolic link itself: O_PATH, for which Node.js has no name, and O_NOFOLLOW; macOS has O_SYMLINK. */
export const O_LINK: number | undefined =
  process.platform === 'linux' ? 0o10000000 | O_NOFOLLOW : constants.O_SYMLINK;

/** Which file is meant. */
export interface SourcePath {
  readonly root: SourceRoot;
  /** Relative to the root, `/`-separated. */
  readonly path: string;
  /** For a symbolic link: whether its file is meant, or the link itself. */
  readonly link?: 'follow' | 'store' | undefined;
}

/** A folder below the source root, held open where the system allows it. */
export interface SourceFolder {
  /** The path of something in this folder, through the open descriptor where there is one. */
  entry(name: string): string;
  /** Of the folder itself. */
  stats(): BigIntStats;
  /** Whether its path still leads to it, without a link on the way. */
  inPlace(): boolean;
  close(): void;
}

/**
 * Opens a folder and makes sure that it is the one that its path names: no link on the way, inside the real root.
 * On Linux all further access goes through the descriptor, which files of one folder share, so that a folder swapped for a
 * link later on leads nowhere else. Elsewhere the same check is made on the path, and a swap between check and use is not noticed.
 *
 * @param path Relative to the root, `/`-separated; '' is the root itself.
 * @throws SourceError `OUTSIDE_SOURCE`, `NOT_FOUND` or `UNREADABLE`
 */
export function openSourceFolder(root: SourceRoot, path: string): SourceFolder {
  const expected = absolutePath(root, path);
  if (!hasDescriptorPaths) {
    if (realPathOf(expected) !== expected) throw outside();
    const inPlace = () => {
      try {
        return realPathOf(expected) === expected;
      } catch {
        return false;
      }
    };
    return {
      entry: (name) => `${expected}/${name}`,
      stats: () => lstatSync(expected, { bigint: true }),
      inPlace,
      close: () => undefined,
    };
  }
  const open = openFolders.get(expected);
  const folder = open?.inPlace() ? open : new OpenFolder(expected);
  folder.users += 1;
  return folder;
}

/** @throws SourceError */
function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    throw sourceErrorFrom(error);
  }
}

class OpenFolder implements SourceFolder {
  readonly #path: string;
  readonly #fd: number;
  users = 0;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openFolder(path);
    try {
      if (!this.inPlace()) throw outside();
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
    openFolders.set(path, this);
  }

  entry(name: string): string {
    return `/proc/self/fd/${this.#fd}/${name}`;
  }

  stats(): BigIntStats {
    return fstatSync(this.#fd, { bigint: true });
  }

  inPlace(): boolean {
    return readlinkSync(`/proc/self/fd/${this.#fd}`) === this.#path;
  }

  close(): void {
    this.users -= 1;
    if (this.users > 0) return;
    closeSync(this.#fd);
    if (openFolders.get(this.#path) === this) openFolders.delete(this.#path);
  }
}

function openFolder(path: string): number {
  try {
    return openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    throw isLink(path) ? outside(error) : sourceErrorFrom(error);
  }
}

/** Linux refuses a link with ENOTDIR, as it does a file, when a folder is asked for. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** What becomes of a file if a folder on the way to it is not the one that its path names. */
export function outside(cause?: unknown): SourceError {
  return new SourceError('OUTSIDE_SOURCE', 'a folder on the way is a symbolic link or was moved', cause);
}

function flagsFor(link: SourcePath['link']): number {
  if (link !== 'store') return O_RDONLY | (link === 'follow' ? 0 : O_NOFOLLOW) | O_NONBLOCK;
  if (O_LINK !== undefined) return O_LINK;
  throw new SourceError('SYMBOLIC_LINK', 'a symbolic link, which cannot be opened itself on this system');
}

/** What the link holds that is open with these stats. Node.js reads links by their names only. */
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
  /** Of the source, as a path. */
  readonly root: string;
  readonly folder: SourceFolder;
  /** In its folder. */
  readonly name: string;
  readonly fd: number;
  /** As it was when it was opened. */
  readonly identity: Identity;
  /** What a symbolic link that is stored as itself points to. */
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
   * Opens without following a link at any level (but for one that is to be followed itself) and without waiting for a FIFO's other end.
   * A link that is to be stored is opened and read itself; what it holds can never be changed.
   *
   * @throws SourceError what is there is not a readable regular file inside the root
   */
  static open({ root, path, link }: SourcePath): SourceFile {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const folder = openSourceFolder(root, slash < 0 ? '' : path.slice(0, slash));
    let fd: number | undefined;
    try {
      fd = openSync(folder.entry(name), flagsFor(link));
      const stats = fstatSync(fd, { bigint: true });
      if (link === 'store') {
        const target = targetOf(folder.entry(name), stats);
        return new SourceFile(root.path, folder, name, fd, identityOf(stats), target);
      }
      if (stats.isDirectory()) throw new SourceError('IS_A_FOLDER', 'a folder; name the files in it');
      if (!stats.isFile()) throw new SourceError('SPECIAL_FILE', 'a FIFO, socket or device');
      return new SourceFile(root.path, folder, name, fd, identityOf(stats));
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      folder.close();
      throw sourceErrorFrom(error);
    }
  }

  /** As it is now, through the descriptor: of the file that was opened, whatever its name means by now. */
  identityNow(): Identity {
    return identityOf(fstatSync(this.fd, { bigint: true }));
  }

  /** What stands under the file's name now; undefined when nothing does, or when its folder was moved away. */
  identityUnderName(): Identity | undefined {
    if (!this.folder.inPlace()) return undefined;
    const stats = lstatSync(this.entryPath, { bigint: true, throwIfNoEntry: false });
    return stats && identityOf(stats);
  }

  /** The file's name in its folder, through the folder's descriptor where there is one. */
  get entryPath(): string {
    return this.folder.entry(this.name);
  }

  /** Leaves the closing of the descriptor to the caller; the folder is closed with `close`. */
  giveUpDescriptor(): number {
    this.#isClosed = true;
    ownDescriptors.delete(String(this.fd));
    return this.fd;
  }

  close(): void {
    if (!this.#isClosed) closeSync(this.giveUpDescriptor());
    if (this.#hasFolder) this.folder.close();
    this.#hasFolder = false;
  }
}
